using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Accounting;

/// <summary>A counted outcome of one stage for one item.</summary>
internal sealed record StageOutcomeRow(long Job, int Stage, StageResultEntry Entry, string? Worker, string? Device);
