using Pipeline.Imaging;

namespace Pipeline.Evaluation.Reports;

/// <summary>An item with its thumbnails made: numbers of pictures in the report, -1 for none.</summary>
internal sealed record ReportEntry(ReportItem Item, int Before, int Map, int After, double Aspect, IReadOnlyList<string> Notes)
{
    internal double TotalSeconds => Item.Seconds.Sum(pair => pair.Value);

    /// <summary>Reads the item's pictures one after the other. One that cannot be shown becomes a note; a report never fails because of a picture.</summary>
    internal static ReportEntry Create(ReportItem item, ThumbnailStore thumbnails)
    {
        List<string> notes = [.. item.Notes];
        RgbImage? before = Read(item.Before, thumbnails, notes), after = Read(item.After, thumbnails, notes), mask = Decode(item.Mask, notes);
        RgbImage? map = mask is null ? null : thumbnails.Overlay(before, mask);
        RgbImage? shape = before ?? after ?? map;
        return new ReportEntry(
            item,
            before is null ? -1 : thumbnails.Add(before),
            map is null ? -1 : thumbnails.Add(map),
            after is null ? -1 : thumbnails.Add(after),
            shape is null ? 1 : Math.Clamp(shape.Width / (double)shape.Height, 0.75, 1.5),
            notes);
    }

    private static RgbImage? Read(ReportImage? image, ThumbnailStore thumbnails, List<string> notes) =>
        Decode(image, notes) is { } picture ? thumbnails.Shrink(picture) : null;

    private static RgbImage? Decode(ReportImage? image, List<string> notes)
    {
        try
        {
            return image?.Decode();
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            notes.Add("not shown: " + e.Message);
            return null;
        }
    }
}
