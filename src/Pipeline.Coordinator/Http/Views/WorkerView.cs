namespace Pipeline.Coordinator.Http.Views;

/// <summary>A worker.</summary>
/// <param name="Id">Process.</param>
/// <param name="Stages">Stages that it hosts.</param>
/// <param name="Device">Device.</param>
/// <param name="Busy">Whether it computed when it last reported.</param>
/// <param name="InHand">Items in hand.</param>
/// <param name="SilentSeconds">Seconds since it last reported.</param>
public sealed record WorkerView(string Id, IReadOnlyList<string> Stages, string? Device, bool Busy, int InHand, double SilentSeconds);
