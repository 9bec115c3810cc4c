using Pipeline.Evaluation.Aggregation;
using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Comparison;

/// <summary>An order that a paper reports: by this metric one method is better than another.</summary>
/// <param name="Metric">Name of the metric; which direction is better is <see cref="MetricNames.LowerIsBetter"/>'s.</param>
/// <param name="Better">Label of the method that the paper puts first.</param>
/// <param name="Worse">Label of the other.</param>
public sealed record OrderClaim(string Metric, string Better, string Worse)
{
    /// <summary>What the items say about the claim.</summary>
    public OrderFinding Check(IReadOnlyCollection<EvaluatedItem> items, ulong seed = 0)
    {
        MetricSummary difference = PairedDifference.Of(items.Where(i => i.Method == Better), items.Where(i => i.Method == Worse), Metric, seed);
        double sign = MetricNames.LowerIsBetter(Metric) ? -1 : 1;
        return new OrderFinding(this, difference, difference switch
        {
            { Count: < 2 } or { Low: null } or { High: null } => OrderVerdict.Untested,
            { Low: { } low, High: { } high } when Math.Min(sign * low, sign * high) > 0 => OrderVerdict.Holds,
            { Low: { } low, High: { } high } when Math.Max(sign * low, sign * high) < 0 => OrderVerdict.Reversed,
            _ => OrderVerdict.Undecided,
        });
    }
}
