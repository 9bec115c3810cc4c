namespace Pipeline.Coordinator.Http.Views;

/// <summary>What became of dead letters.</summary>
/// <param name="Ids">Their numbers.</param>
/// <param name="Resolution">For people.</param>
public sealed record SettleRequest(IReadOnlyList<long> Ids, string Resolution = "dismissed");
