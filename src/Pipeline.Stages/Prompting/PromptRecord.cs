using System.Text.Json;

namespace Pipeline.Stages.Prompting;

/// <summary>What the prompt stage hands on about one edit, stored as JSON.</summary>
public sealed record PromptRecord
{
    /// <summary>Version of this layout.</summary>
    public int V { get; init; } = 1;

    /// <summary>Emotion, by its noun.</summary>
    public required string Emotion { get; init; }

    /// <summary>P_src; may be empty.</summary>
    public required string Source { get; init; }

    /// <summary>P_E.</summary>
    public required string Target { get; init; }

    /// <summary>Phrases of P_E that name the stimuli.</summary>
    public IReadOnlyList<string> TargetPhrases { get; init; } = [];

    /// <summary>Phrases of P_src that name what the stimuli replace.</summary>
    public IReadOnlyList<string> SourcePhrases { get; init; } = [];

    /// <summary>The stimuli in the manifest's form.</summary>
    public JsonElement? Stimuli { get; init; }

    /// <summary>How the answer was understood.</summary>
    public string ParseStatus { get; init; } = "";

    /// <summary>Repairs of the answer.</summary>
    public IReadOnlyList<string> ParseNotes { get; init; } = [];

    /// <summary>Where the map comes from.</summary>
    public string MaskSource { get; init; } = "";

    /// <summary>Share of the picture where the map is over one half.</summary>
    public double MaskArea { get; init; }

    /// <summary>What was done to the map beyond the rule.</summary>
    public IReadOnlyList<string> MaskNotes { get; init; } = [];

    /// <summary>The model's sentence on the result.</summary>
    public string OverallEmotion { get; init; } = "";

    /// <summary>The model's last answer, cut to a limit.</summary>
    public string RawAnswer { get; init; } = "";
}
