using System.Text.Json;

namespace Pipeline.Stages.Prompting;

/// <summary>What the prompt stage found out about an edit, for the data set's metadata.</summary>
public sealed record PromptFacts
{
    /// <summary>Describes the source picture.</summary>
    public string? Source { get; init; }

    /// <summary>Describes the wanted picture.</summary>
    public string? Target { get; init; }

    /// <summary>What to stay away from.</summary>
    public string? Negative { get; init; }

    /// <summary>Stimuli, in the manifest's form.</summary>
    public JsonElement? Stimuli { get; init; }

    /// <summary>How the answer was read: strict, repaired, sections, fallback, given.</summary>
    public string? ParseStatus { get; init; }

    /// <summary>Where the stimulus map comes from.</summary>
    public string? MaskSource { get; init; }

    /// <summary>Share of the picture above one half of the map.</summary>
    public double? MaskArea { get; init; }
}
