namespace Pipeline.Contracts.Results;

/// <summary>Prompts of an edit.</summary>
public sealed record ResultPrompts
{
    /// <summary>Describes the source picture.</summary>
    public string? Source { get; init; }

    /// <summary>Describes the wanted picture.</summary>
    public string? Target { get; init; }

    /// <summary>What to stay away from.</summary>
    public string? Negative { get; init; }
}
