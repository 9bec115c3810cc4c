namespace Pipeline.Evaluation.Reports;

/// <summary>Why an item failed, as the ledger has it.</summary>
/// <param name="Stage">Stage that gave up; may be empty.</param>
/// <param name="Code">Stable code; may be empty.</param>
/// <param name="Message">What, where, what to do.</param>
public sealed record ReportError(string Stage, string Code, string Message);
