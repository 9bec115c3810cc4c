namespace Pipeline.Ledger.Accounting;

/// <summary>What most changes need of a job.</summary>
internal sealed record JobRow(long No, int StageMask, JobState State);
