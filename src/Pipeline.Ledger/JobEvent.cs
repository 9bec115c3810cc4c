namespace Pipeline.Ledger;

/// <summary>Something that happened to a job.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What: <c>created</c>, <c>imported</c>, <c>paused</c>, <c>resumed</c>, <c>adjusted</c>, <c>replayed</c>, <c>reopened</c>, <c>cancelled</c>, <c>failed</c>, <c>finished</c>, or a caller's own word.</param>
/// <param name="Detail">More for people: a reason, a number.</param>
public sealed record JobEvent(DateTimeOffset At, string Kind, string? Detail);
