namespace Pipeline.Contracts.Results;

/// <summary>Why an edit failed.</summary>
public sealed record ResultError
{
    /// <summary>Stable code.</summary>
    public required string Code { get; init; }

    /// <summary>Stage that failed.</summary>
    public required string Stage { get; init; }

    /// <summary>What, where, what to do.</summary>
    public required string Message { get; init; }

    /// <summary>Whether another try can succeed.</summary>
    public bool Retriable { get; init; }
}
