namespace Pipeline.Evaluation.Aggregation;

/// <summary>One line of a metric table.</summary>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Category">Emotion or edit type; null for all of them.</param>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Summary">Over the items.</param>
/// <param name="MacroMean">On lines of all categories the mean of the categories' means, each counting once; else null.</param>
/// <param name="Items">Items of the group, failed ones included.</param>
/// <param name="Coverage">Share of them that has a number, 0..1.</param>
public sealed record MetricRow(string Dataset, string Method, string? Category, string Metric, MetricSummary Summary, double? MacroMean, int Items, double Coverage);
