using System.ComponentModel.DataAnnotations;

namespace Pipeline.Stages.Captioning;

/// <summary>How captions are written.</summary>
public sealed record CaptionStageOptions
{
    /// <summary>What the caption continues, such as <c>a photo of</c>; null (default) for none.</summary>
    public string? Prompt { get; init; }

    /// <summary>Most tokens; default 20.</summary>
    [Range(1, 512)]
    public int MaxNewTokens { get; init; } = 20;

    /// <summary>Beams of the search; default 1, greedy.</summary>
    [Range(1, 16)]
    public int Beams { get; init; } = 1;

    /// <summary>Pictures captioned together; default 4.</summary>
    [Range(1, 256)]
    public int MaxBatch { get; init; } = 4;
}
