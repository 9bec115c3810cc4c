namespace Pipeline.Evaluation.Reports;

/// <summary>A row of a side-by-side gallery.</summary>
/// <param name="Id">Name of the case.</param>
/// <param name="Category">Kind of edit; may be empty.</param>
/// <param name="SourcePrompt">What the picture shows; may be empty.</param>
/// <param name="TargetPrompt">What was asked for; may be empty.</param>
/// <param name="Source">The picture before.</param>
/// <param name="Truth">The picture as it should become; null where nobody knows.</param>
/// <param name="Cells">One a method.</param>
public sealed record GalleryCase(string Id, string Category, string SourcePrompt, string TargetPrompt, ReportImage Source, ReportImage? Truth, IReadOnlyList<GalleryCell> Cells);
