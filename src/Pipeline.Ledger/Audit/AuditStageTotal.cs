using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Audit;

/// <summary>Outcomes of one kind at one stage.</summary>
/// <param name="Stage">Stage.</param>
/// <param name="Outcome">Outcome.</param>
/// <param name="Count">Number of items.</param>
/// <param name="ComputeSeconds">Their computation, seconds.</param>
public sealed record AuditStageTotal(string Stage, StageOutcome Outcome, long Count, double ComputeSeconds);
