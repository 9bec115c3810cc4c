namespace Pipeline.Ledger;

/// <summary>State of a job. The numbers are stored.</summary>
public enum JobState
{
    /// <summary>Its items are being imported.</summary>
    Planning = 0,

    /// <summary>Imported, not started.</summary>
    Ready = 1,

    /// <summary>Items are dispatched.</summary>
    Running = 2,

    /// <summary>No items are dispatched until it is resumed.</summary>
    Paused = 3,

    /// <summary>Being cancelled.</summary>
    Cancelling = 4,

    /// <summary>Cancelled.</summary>
    Cancelled = 5,

    /// <summary>Every item is done.</summary>
    Done = 6,

    /// <summary>Every item has ended, some of them failed.</summary>
    DoneWithErrors = 7,

    /// <summary>The job could not be run.</summary>
    Failed = 8,

    /// <summary>Being deleted.</summary>
    Deleting = 9,
}
