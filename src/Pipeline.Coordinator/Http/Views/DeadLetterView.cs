namespace Pipeline.Coordinator.Http.Views;

/// <summary>A message that nobody could handle.</summary>
public sealed record DeadLetterView
{
    /// <summary>Number.</summary>
    public required long Id { get; init; }

    /// <summary>Queue that it was found in.</summary>
    public required string Queue { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Job, where known.</summary>
    public string? Job { get; init; }

    /// <summary>Stage, where known.</summary>
    public string? Stage { get; init; }

    /// <summary>Items, where known.</summary>
    public IReadOnlyList<long> Items { get; init; } = [];

    /// <summary>How often it came.</summary>
    public long Count { get; init; }

    /// <summary>When it came last.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <summary>Length of the message, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>What became of it; null while it is open.</summary>
    public string? Resolution { get; init; }
}
