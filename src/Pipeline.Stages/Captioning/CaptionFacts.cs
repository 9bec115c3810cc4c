namespace Pipeline.Stages.Captioning;

/// <summary>The caption of an edited picture.</summary>
public sealed record CaptionFacts
{
    /// <summary>The caption.</summary>
    public required string Caption { get; init; }
}
