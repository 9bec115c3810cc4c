namespace Pipeline.Methods.Prompting;

/// <summary>Constants of the stimulus map; the defaults are the specification's.</summary>
public sealed record StimulusMapOptions
{
    /// <summary>How far attention may weaken the map inside a box, 0 (not at all) to 1. Default 0.5.</summary>
    public double AttentionInBox { get; init; } = 0.5;

    /// <summary>Soft edge outside a box, share of the short side. Default 0.04.</summary>
    public double BoxFeather { get; init; } = 0.04;

    /// <summary>Soft edge outside a segmented region, share of the short side. Default 0.01.</summary>
    public double SegmentFeather { get; init; } = 0.01;

    /// <summary>Smallest weight of a stimulus, so that a minor one still moves. Default 0.3.</summary>
    public double MinWeight { get; init; } = 0.3;

    /// <summary>Percentile below which attention is cut before it is scaled to [0,1]. Default 2.</summary>
    public double AttentionClipLow { get; init; } = 2;

    /// <summary>Percentile above which attention is cut before it is scaled to [0,1]. Default 98.</summary>
    public double AttentionClipHigh { get; init; } = 98;

    /// <summary>Percentile from which attention alone counts as the stimulus. Default 75.</summary>
    public double AttentionPercentile { get; init; } = 75;

    /// <summary>Half width of the soft step around that percentile, percentile points. Default 5.</summary>
    public double AttentionStepHalfWidth { get; init; } = 5;

    /// <summary>A map with less than this share over 0.5 is dilated. Default 0.005.</summary>
    public double SmallArea { get; init; } = 0.005;

    /// <summary>Radius of that dilation, share of the short side. Default 0.03.</summary>
    public double Dilation { get; init; } = 0.03;

    /// <summary>A map with more than this share over 0.5 becomes 1 everywhere. Default 0.95.</summary>
    public double FullArea { get; init; } = 0.95;

    /// <summary>Overlap of box and attention below which the box alone is trusted. Default 0.05.</summary>
    public double LowAgreement { get; init; } = 0.05;

    /// <summary>Where nothing is located: leave the mask to the editor's cross-attention (true, default) or let everything change (false).</summary>
    public bool CrossAttentionFallback { get; init; } = true;

    /// <summary>
    /// Protect kept things by attention too, where neither box nor segmenter has them. Default false: attention alone always marks a quarter of the
    /// picture, whether or not the thing is there, and would cut holes into stimuli.
    /// </summary>
    public bool KeepByAttention { get; init; }
}
