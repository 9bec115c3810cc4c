using Pipeline.Evaluation.Aggregation;

namespace Pipeline.Evaluation.Comparison;

/// <summary>A reported order and what the items say.</summary>
/// <param name="Claim">The order.</param>
/// <param name="Difference">Of the metric, better minus worse, over common cases.</param>
/// <param name="Verdict">By the 95 % interval.</param>
public sealed record OrderFinding(OrderClaim Claim, MetricSummary Difference, OrderVerdict Verdict);
