namespace Pipeline.Evaluation.Reports;

/// <summary>What one method made of a case.</summary>
/// <param name="Image">The result; null where there is none.</param>
/// <param name="Error">Why there is none; null where there is one.</param>
/// <param name="Scores">Some scores, by what they are called.</param>
public sealed record GalleryCell(ReportImage? Image, string? Error, IReadOnlyList<KeyValuePair<string, double>> Scores);
