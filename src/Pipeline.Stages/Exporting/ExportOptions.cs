using Pipeline.Evaluation.Selection;
using Pipeline.Imaging;

namespace Pipeline.Stages.Exporting;

/// <summary>What of a data set is exported, and how.</summary>
public sealed record ExportOptions
{
    /// <summary>Layout.</summary>
    public ExportFormat Format { get; init; }

    /// <summary>Conditions that an edit must fulfil, every one; one without the metric is rejected.</summary>
    public IReadOnlyList<MetricRule> Accept { get; init; } = [];

    /// <summary>Conditions that reject an edit, any one.</summary>
    public IReadOnlyList<MetricRule> Reject { get; init; } = [];

    /// <summary>Bits of the perceptual hash in which near duplicates of one label differ at most, 0 to 16; null keeps all.</summary>
    public int? DuplicateBits { get; init; }

    /// <summary>Metric that decides which of several near duplicates stays; null: the first.</summary>
    public string? BestBy { get; init; }

    /// <summary>Whether lower values of <see cref="BestBy"/> are better.</summary>
    public bool LowerIsBetter { get; init; }

    /// <summary>Splits.</summary>
    public SplitPlan Splits { get; init; } = SplitPlan.Whole;

    /// <summary>Most samples of a shard; default 1000.</summary>
    public int ShardSamples { get; init; } = 1000;

    /// <summary>Bytes from which a shard is ended; default 1 GiB.</summary>
    public long ShardBytes { get; init; } = 1L << 30;

    /// <summary>Largest picture file; default 64 MiB.</summary>
    public long MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>Limits of decoding, for the perceptual hash.</summary>
    public DecodeLimits Decoding { get; init; } = DecodeLimits.Default;

    /// <summary>Pictures that are read at the same time.</summary>
    public int Parallel { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 16);
}
