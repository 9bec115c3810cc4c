namespace Pipeline.Contracts.Messages;

/// <summary>How a stage ended for one item.</summary>
public sealed record StageResultEntry
{
    /// <summary>Number of the item in the job.</summary>
    public required long Item { get; init; }

    /// <summary>Try that this is the outcome of.</summary>
    public int Attempt { get; init; }

    /// <summary>Outcome.</summary>
    public required StageOutcome Outcome { get; init; }

    /// <summary>Work key of the manifest, for <see cref="StageOutcome.Done"/> and <see cref="StageOutcome.Cached"/>.</summary>
    public string? WorkKey { get; init; }

    /// <summary>Reason of a failure.</summary>
    public ItemError? Error { get; init; }

    /// <summary>Wait in the queue, milliseconds.</summary>
    public long QueuedMs { get; init; }

    /// <summary>Reading inputs, milliseconds.</summary>
    public long DownloadMs { get; init; }

    /// <summary>This item's share of the computation, milliseconds.</summary>
    public long ComputeMs { get; init; }

    /// <summary>Writing outputs, milliseconds.</summary>
    public long UploadMs { get; init; }

    /// <summary>Bytes read.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes written.</summary>
    public long BytesOut { get; init; }
}
