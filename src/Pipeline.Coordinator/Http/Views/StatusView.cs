namespace Pipeline.Coordinator.Http.Views;

/// <summary>A coordinator process.</summary>
/// <param name="Owner">Its name.</param>
/// <param name="Leads">Whether it leads.</param>
/// <param name="Leader">Who leads; null when nobody does.</param>
/// <param name="Version">Version of the program.</param>
public sealed record StatusView(string Owner, bool Leads, string? Leader, string Version);
