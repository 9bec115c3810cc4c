using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Audit;

/// <summary>Outcome of one stage in an audit.</summary>
/// <param name="Outcome">Outcome.</param>
/// <param name="WorkKey">Work key of the manifest; null for failures.</param>
/// <param name="Worker">Worker.</param>
/// <param name="Device">Device.</param>
/// <param name="ComputeMs">Computation, milliseconds.</param>
public sealed record AuditStage(StageOutcome Outcome, string? WorkKey, string? Worker, string? Device, long ComputeMs)
{
    /// <summary>The outcome that the ledger keeps.</summary>
    public static AuditStage Of(StageRow row) => new(row.Outcome, row.WorkKey, row.Worker, row.Device, row.ComputeMs);
}
