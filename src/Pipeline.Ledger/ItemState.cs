namespace Pipeline.Ledger;

/// <summary>State of an item. The numbers are stored.</summary>
public enum ItemState
{
    /// <summary>Waits for its dispatch.</summary>
    Pending = 0,

    /// <summary>Dispatched, holds a credit.</summary>
    InFlight = 1,

    /// <summary>Waits for its next try.</summary>
    WaitingRetry = 2,

    /// <summary>All stages succeeded.</summary>
    Done = 3,

    /// <summary>Set aside, because its input can never succeed or killed its worker.</summary>
    Quarantined = 4,

    /// <summary>Given up after the last try.</summary>
    Failed = 5,

    /// <summary>Cancelled.</summary>
    Cancelled = 6,
}
