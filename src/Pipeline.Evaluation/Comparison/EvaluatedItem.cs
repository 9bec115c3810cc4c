namespace Pipeline.Evaluation.Comparison;

/// <summary>One case edited by one method: a line of an evaluation's <c>items.jsonl</c>.</summary>
public sealed record EvaluatedItem
{
    /// <summary>Name of the case.</summary>
    public required string Id { get; init; }

    /// <summary>Name of the method with its settings.</summary>
    public required string Method { get; init; }

    /// <summary>Kind of edit.</summary>
    public string Category { get; init; } = "";

    /// <summary>The edited picture relative to the evaluation's folder; null where there is none.</summary>
    public string? Image { get; init; }

    /// <summary>Why there is none; null where there is one.</summary>
    public string? Error { get; init; }

    /// <summary>Values by name; those that have no number are left out.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}
