namespace Pipeline.Coordinator.Progress;

/// <summary>Where a stage of a job stands.</summary>
public sealed record StageEta
{
    /// <summary>Stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Items computed.</summary>
    public long Computed { get; init; }

    /// <summary>Items found in the store.</summary>
    public long Cached { get; init; }

    /// <summary>Items that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Items that still need the stage.</summary>
    public long Backlog { get; init; }

    /// <summary>Mean computation of an item, seconds; null while none was computed.</summary>
    public double? MeanSeconds { get; init; }

    /// <summary>Items per second lately; 0 while unknown.</summary>
    public double ItemsPerSecond { get; init; }

    /// <summary>Estimate of the time left for this stage, seconds; null while unknown.</summary>
    public double? RemainingSeconds { get; init; }
}
