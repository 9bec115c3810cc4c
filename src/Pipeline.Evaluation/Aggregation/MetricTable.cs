using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Aggregation;

/// <summary>Tables of metrics by data set, method and category (EDITING 16.8). Failed items are never left out silently: they are part of coverage.</summary>
public static class MetricTable
{
    /// <summary>
    /// One row for each metric of each (data set, method): first over all categories, then by category, all in ordinal order. The order of the items does not matter.
    /// </summary>
    public static IReadOnlyList<MetricRow> Aggregate(IEnumerable<ScoredItem> items, ulong seed = 0, int resamples = MetricSummary.DefaultResamples)
    {
        ArgumentNullException.ThrowIfNull(items);
        return
        [
            .. items.GroupBy(item => (item.Dataset, item.Method))
                .OrderBy(group => group.Key.Dataset, StringComparer.Ordinal).ThenBy(group => group.Key.Method, StringComparer.Ordinal)
                .SelectMany(group => Rows(group.Key.Dataset, group.Key.Method, [.. group], seed, resamples)),
        ];
    }

    private static IEnumerable<MetricRow> Rows(string dataset, string method, ScoredItem[] items, ulong seed, int resamples)
    {
        ScoredItem[][] categories = [.. items.GroupBy(item => item.Category, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray())];
        foreach (string metric in items.SelectMany(item => item.Metrics.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            MetricRow[] byCategory = [.. categories.Select(category => Row(dataset, method, category[0].Category, metric, category, null, seed, resamples))];
            double[] means = [.. byCategory.Where(row => row.Summary.Mean is not null).Select(row => row.Summary.Mean!.Value)];
            yield return Row(dataset, method, null, metric, items, means.Length > 0 ? means.Average() : null, seed, resamples);
            foreach (MetricRow row in byCategory)
            {
                yield return row;
            }
        }
    }

    private static MetricRow Row(string dataset, string method, string? category, string metric, ScoredItem[] items, double? macro, ulong seed, int resamples)
    {
        var summary = MetricSummary.Of(items.Select(item => item.Succeeded && item.Metrics.TryGetValue(metric, out MetricValue value) ? value.Value : null), seed, resamples);
        return new MetricRow(dataset, method, category, metric, summary, macro, items.Length, summary.Count / (double)items.Length);
    }
}
