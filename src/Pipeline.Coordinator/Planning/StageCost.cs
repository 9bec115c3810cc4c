namespace Pipeline.Coordinator.Planning;

/// <summary>What an item of a stage costs.</summary>
/// <param name="Seconds">Compute seconds; null while nothing tells.</param>
/// <param name="From">Where the number comes from: <c>given</c>, <c>sameParameters</c>, <c>sameMethod</c>, <c>otherJobs</c>, <c>unknown</c>.</param>
/// <param name="Items">Items that it was measured on.</param>
public sealed record StageCost(double? Seconds, string From, long Items);
