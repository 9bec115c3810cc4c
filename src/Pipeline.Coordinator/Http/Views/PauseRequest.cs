namespace Pipeline.Coordinator.Http.Views;

/// <summary>Why a job is paused.</summary>
/// <param name="Reason">For people, kept with the event.</param>
public sealed record PauseRequest(string? Reason = null);
