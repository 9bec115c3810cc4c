using System.Text.Json.Nodes;

namespace Pipeline.Evaluation.Suites;

/// <summary>One picture with one wanted edit, in the form that every suite file is brought to.</summary>
public sealed record SuiteCase
{
    /// <summary>Name, unique in its suite.</summary>
    public required string Id { get; init; }

    /// <summary>Path of the picture, relative to the suite's folder.</summary>
    public required string Image { get; init; }

    /// <summary>Kind of edit, for the rows of tables.</summary>
    public string Category { get; init; } = "";

    /// <summary>P_src; null leaves it to the model.</summary>
    public string? SourcePrompt { get; init; }

    /// <summary>P_tgt; null leaves it to the model.</summary>
    public string? TargetPrompt { get; init; }

    /// <summary>Wanted emotion; null where the prompts say everything.</summary>
    public string? Emotion { get; init; }

    /// <summary>The words that the edit exchanges (source, target); null where none are named.</summary>
    public (string Source, string Target)? Words { get; init; }

    /// <summary>Where the edit may show, for the scores only: methods never see it. Null scores whole pictures.</summary>
    public SuiteMask? Mask { get; init; }

    /// <summary>Path of the picture as it should become, relative to the suite's folder; null where nobody knows.</summary>
    public string? Truth { get; init; }

    /// <summary>Classes that a judge should see in the edited picture, and with <c>!</c> in front those that should be gone; empty where none are named.</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>Parameters of single methods, by the method's name.</summary>
    public IReadOnlyDictionary<string, JsonObject> Parameters { get; init; } = new Dictionary<string, JsonObject>();
}
