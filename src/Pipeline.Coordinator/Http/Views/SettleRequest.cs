namespace Pipeline.Coordinator.Http.Views;

/// <summary>What became of dead letters.</summary>
public sealed record SettleRequest
{
    /// <summary>Their numbers, 1 to 10,000 of them.</summary>
    public IReadOnlyList<long> Ids { get; init; } = [];

    /// <summary>For people; default <c>dismissed</c>.</summary>
    public string Resolution { get; init; } = "dismissed";
}
