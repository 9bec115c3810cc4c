namespace Pipeline.Ledger.Accounting;

/// <summary>Words of the events that the ledger itself writes.</summary>
internal static class JobEventKinds
{
    public const string Created = "created";
    public const string Imported = "imported";
    public const string Paused = "paused";
    public const string Resumed = "resumed";
    public const string Adjusted = "adjusted";
    public const string Replayed = "replayed";
    public const string Reopened = "reopened";
    public const string Cancelled = "cancelled";
    public const string Failed = "failed";
    public const string Finished = "finished";
}
