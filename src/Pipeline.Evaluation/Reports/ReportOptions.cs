namespace Pipeline.Evaluation.Reports;

/// <summary>How a report is written.</summary>
public sealed record ReportOptions
{
    /// <summary>Items a page; default 36.</summary>
    public int PageSize { get; init; } = 36;

    /// <summary>
    /// Longest side of thumbnails in pixels; null (default) takes the largest of 512, 384, 256, 192, 128 that keeps the file near <see cref="TargetBytes"/>.
    /// </summary>
    public int? ThumbnailSide { get; init; }

    /// <summary>JPEG quality of thumbnails; default 82.</summary>
    public int ThumbnailQuality { get; init; } = 82;

    /// <summary>Aim for the size of the file in bytes; default 96 MiB. Reached only with thousands of items.</summary>
    public long TargetBytes { get; init; } = 96L << 20;

    /// <summary>Seed of the bootstrap intervals.</summary>
    public ulong Seed { get; init; }

    /// <summary>The side in effect for <paramref name="items"/> items of three pictures each, from the usual size of a JPEG (0.16 bytes a pixel, a third more as text).</summary>
    public int SideFor(int items)
    {
        int[] sides = [512, 384, 256, 192, 128];
        return ThumbnailSide ?? Array.Find(sides, side => 3.0 * items * side * side * 0.75 * 0.16 * 4 / 3 < TargetBytes) switch { 0 => 128, var side => side };
    }
}
