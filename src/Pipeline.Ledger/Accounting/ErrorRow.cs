namespace Pipeline.Ledger.Accounting;

/// <summary>The latest of <paramref name="Count"/> failures with one key.</summary>
internal sealed record ErrorRow(ErrorKey Key, int Attempt, string Code, string? Type, string Message, int Count);
