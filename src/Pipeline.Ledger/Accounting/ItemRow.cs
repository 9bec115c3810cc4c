namespace Pipeline.Ledger.Accounting;

/// <summary>What decides about an item's next step. Read from a database, changed by <see cref="ResultBatch"/>, written back.</summary>
internal sealed class ItemRow
{
    public required long Seq { get; init; }

    public required ItemState State { get; set; }

    public required int Epoch { get; init; }

    /// <summary>Stages that succeeded, failed, or can no longer be reached.</summary>
    public required int Resolved { get; set; }

    /// <summary>Stages that failed for good.</summary>
    public required int Failed { get; set; }

    /// <summary>Those of <see cref="Failed"/> whose tries were used up: they might succeed another time.</summary>
    public required int Exhausted { get; set; }

    public required int Attempt { get; set; }

    /// <summary>How often it has killed its worker.</summary>
    public required int Crashes { get; set; }

    /// <summary>When it is due again; only for <see cref="ItemState.WaitingRetry"/>.</summary>
    public long? NextAt { get; set; }

    public bool IsOpen => State is ItemState.Pending or ItemState.InFlight or ItemState.WaitingRetry;
}
