using Pipeline.Evaluation.Aggregation;

namespace Pipeline.Evaluation.Tables;

/// <summary>A line of a table of methods.</summary>
/// <param name="Method">Label of the method.</param>
/// <param name="Category">Kind of edit; null for all.</param>
/// <param name="Items">Cases, failed ones included.</param>
/// <param name="Failed">Cases without a picture.</param>
/// <param name="Values">One a column.</param>
public sealed record MethodRow(string Method, string? Category, int Items, int Failed, IReadOnlyList<MetricSummary> Values);
