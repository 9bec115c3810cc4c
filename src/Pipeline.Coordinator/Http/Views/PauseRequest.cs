namespace Pipeline.Coordinator.Http.Views;

/// <summary>Why a job is paused.</summary>
public sealed record PauseRequest
{
    /// <summary>For people, kept with the event.</summary>
    public string? Reason { get; init; }
}
