namespace Pipeline.Ledger.Accounting;

/// <summary>Failures of one item at one stage with one cause are one row.</summary>
internal readonly record struct ErrorKey(long Job, long Seq, int Stage, string Fingerprint);
