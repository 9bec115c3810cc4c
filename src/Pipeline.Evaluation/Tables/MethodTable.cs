using Pipeline.Evaluation.Aggregation;
using Pipeline.Evaluation.Comparison;
using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Tables;

/// <summary>A table of methods over metrics, with a 95 % interval for every mean. Rows are in the order the methods were asked for.</summary>
/// <param name="Title">Headline.</param>
/// <param name="Columns">Metrics.</param>
/// <param name="Rows">Methods.</param>
/// <param name="Findings">What the items say about reported orders.</param>
public sealed record MethodTable(string Title, IReadOnlyList<TableColumn> Columns, IReadOnlyList<MethodRow> Rows, IReadOnlyList<OrderFinding> Findings)
{
    /// <summary>The table of items.</summary>
    /// <param name="title">Headline.</param>
    /// <param name="methods">Labels of the rows, in order.</param>
    /// <param name="columns">Columns; null takes every metric that an item has, under its own name.</param>
    /// <param name="items">All items, failed ones included.</param>
    /// <param name="claims">Orders to check.</param>
    /// <param name="seed">Of the bootstrap.</param>
    public static MethodTable Of(
        string title, IReadOnlyList<string> methods, IReadOnlyList<TableColumn>? columns, IReadOnlyCollection<EvaluatedItem> items, IReadOnlyList<OrderClaim> claims, ulong seed = 0)
    {
        columns ??= [.. items.SelectMany(i => i.Metrics.Keys).Distinct().Order(StringComparer.Ordinal).Select(m => new TableColumn(m, m))];
        return new MethodTable(title, columns, [.. methods.Select(m => Row(m, null, columns, [.. items.Where(i => i.Method == m)], seed))], [.. claims.Select(c => c.Check(items, seed))])
        {
            Categories =
            [
                .. items.Select(i => i.Category).Where(c => c.Length > 0).Distinct().Order(StringComparer.Ordinal)
                    .SelectMany(c => methods.Select(m => Row(m, c, columns, [.. items.Where(i => i.Method == m && i.Category == c)], seed))),
            ],
        };
    }

    /// <summary>The same by kind of edit.</summary>
    public IReadOnlyList<MethodRow> Categories { get; private init; } = [];

    private static MethodRow Row(string method, string? category, IReadOnlyList<TableColumn> columns, EvaluatedItem[] items, ulong seed) => new(
        method,
        category,
        items.Length,
        items.Count(i => i.Error is not null),
        [.. columns.Select(c => MetricSummary.Of(items.Select(i => i.Error is null && i.Metrics.TryGetValue(c.Metric, out double v) ? (double?)v : null), seed))]);

    /// <summary>Index of the best row of a column by its mean; null where no row has one.</summary>
    public int? Best(int column)
    {
        double sign = MetricNames.LowerIsBetter(Columns[column].Metric) ? -1 : 1;
        var means = Rows.Select((row, at) => (At: at, row.Values[column].Mean)).Where(r => r.Mean is not null).ToArray();
        return means.Length == 0 ? null : means.MaxBy(r => sign * r.Mean!.Value).At;
    }
}
