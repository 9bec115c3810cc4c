using Pipeline.Evaluation.Aggregation;

namespace Pipeline.Evaluation.Comparison;

/// <summary>
/// Differences of one metric over the cases that both sides have: far sharper than comparing two means, because the cases themselves vary more than the methods.
/// </summary>
public static class PairedDifference
{
    /// <summary>First minus second, over common cases that both have a number for; the 95 % bootstrap interval is of the mean difference.</summary>
    /// <param name="first">Items of one method.</param>
    /// <param name="second">Items of the other, or of the same in another run.</param>
    /// <param name="metric">Name of the metric.</param>
    /// <param name="seed">Of the bootstrap.</param>
    public static MetricSummary Of(IEnumerable<EvaluatedItem> first, IEnumerable<EvaluatedItem> second, string metric, ulong seed = 0)
    {
        Dictionary<string, double> others = second.Where(i => i.Error is null && i.Metrics.ContainsKey(metric)).ToDictionary(i => i.Id, i => i.Metrics[metric], StringComparer.Ordinal);
        return MetricSummary.Of(
            first.Where(i => i.Error is null && i.Metrics.ContainsKey(metric) && others.ContainsKey(i.Id)).OrderBy(i => i.Id, StringComparer.Ordinal).Select(i => (double?)(i.Metrics[metric] - others[i.Id])),
            seed);
    }
}
