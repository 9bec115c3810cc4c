namespace Pipeline.Ledger;

/// <summary>A dead letter as it is kept.</summary>
/// <param name="Id">Number of the letter.</param>
/// <param name="Letter">The letter; its texts and bytes are cut to their limits.</param>
/// <param name="BodyBytes">Length of the whole body, bytes.</param>
/// <param name="FirstAt">When it came first.</param>
/// <param name="LastAt">When it came last.</param>
/// <param name="Count">How often it came.</param>
/// <param name="Resolution">What became of it; null while it is open.</param>
public sealed record DeadLetter(long Id, NewDeadLetter Letter, long BodyBytes, DateTimeOffset FirstAt, DateTimeOffset LastAt, long Count, string? Resolution);
