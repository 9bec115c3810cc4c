using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>Outcome of one stage for an item.</summary>
/// <param name="Stage">Stage.</param>
/// <param name="Outcome">Outcome.</param>
/// <param name="WorkKey">Work key of the manifest; null for failures.</param>
/// <param name="Worker">Worker.</param>
/// <param name="Device">Device.</param>
/// <param name="ComputeMs">Share of the computation, milliseconds.</param>
public sealed record StageRow(string Stage, StageOutcome Outcome, string? WorkKey, string? Worker, string? Device, long ComputeMs);
