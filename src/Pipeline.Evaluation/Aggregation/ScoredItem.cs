using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Aggregation;

/// <summary>One item of a job as a table sees it.</summary>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Method">Name of the method and preset.</param>
/// <param name="Category">Emotion or edit type.</param>
/// <param name="Succeeded">False for a failed item, which counts against coverage.</param>
/// <param name="Metrics">Its values by name; empty for a failed item.</param>
public sealed record ScoredItem(string Dataset, string Method, string Category, bool Succeeded, IReadOnlyDictionary<string, MetricValue> Metrics);
