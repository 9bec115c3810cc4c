namespace Pipeline.Coordinator.Http.Views;

/// <summary>Something that happened to a job.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Detail">More: a reason, a number.</param>
public sealed record EventView(DateTimeOffset At, string Kind, string? Detail);
