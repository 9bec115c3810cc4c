using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.Metrics;

/// <summary>
/// All pixel metrics of a source and its edit, by name: over the frame, and, where a mask says what was to change, inside and outside of it.
/// The parts follow PIE-Bench (Ju et al. 2023, arXiv 2310.01506): both pictures are blackened outside the part and the metric is taken over the whole frame, so values depend
/// on the part's area; the <c>_norm</c> variants average over the part's pixels only (EDITING 16.2).
/// </summary>
public static class PixelMetrics
{
    /// <summary>The metrics of <see cref="MetricNames"/>: mse, psnr, ssim, each also with part suffixes when there is a mask.</summary>
    /// <param name="source">The picture before.</param>
    /// <param name="edited">The picture after, of the same size.</param>
    /// <param name="mask">The edited region, of the same size; over 0.5 counts as edited. Null leaves the parts out.</param>
    /// <param name="border">Which windows SSIM averages over.</param>
    /// <exception cref="ArgumentException">Different sizes.</exception>
    public static IReadOnlyDictionary<string, MetricValue> Compute(RgbImage source, RgbImage edited, MaskImage? mask = null, SsimBorder border = SsimBorder.Crop)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(edited);
        Planes a = Planes.Of(source), b = Planes.Of(edited);
        var metrics = new SortedDictionary<string, MetricValue>(StringComparer.Ordinal);
        AddErrors(metrics, string.Empty, PixelError.Mse(a, b));
        metrics[MetricNames.Ssim] = Ssim.Compute(a, b, border);
        if (mask is not null)
        {
            if (mask.Width != source.Width || mask.Height != source.Height)
            {
                throw new ArgumentException($"the mask is {mask.Width}x{mask.Height}, the pictures {source.Width}x{source.Height}; resize the mask first", nameof(mask));
            }

            bool[] inside = Array.ConvertAll(mask.Values, v => v > 0.5f);
            AddPart(metrics, MetricNames.EditPart, a, b, border, inside);
            AddPart(metrics, MetricNames.UneditPart, a, b, border, Array.ConvertAll(inside, v => !v));
        }

        return metrics;
    }

    private static void AddErrors(SortedDictionary<string, MetricValue> metrics, string suffix, double mse)
    {
        metrics[MetricNames.Mse + suffix] = mse;
        metrics[MetricNames.Psnr + suffix] = PixelError.PsnrOf(mse);
    }

    private static void AddPart(SortedDictionary<string, MetricValue> metrics, string suffix, Planes a, Planes b, SsimBorder border, bool[] region)
    {
        int pixels = region.Count(v => v);
        string normalized = suffix + MetricNames.Normalized;
        if (pixels == 0)
        {
            foreach (string name in new[] { MetricNames.Mse, MetricNames.Psnr, MetricNames.Ssim })
            {
                metrics[name + suffix] = metrics[name + normalized] = MetricValue.Missing;
            }

            return;
        }

        Planes within = a.Within(region), withinEdited = b.Within(region);
        double mse = PixelError.Mse(within, withinEdited);
        AddErrors(metrics, suffix, mse);
        AddErrors(metrics, normalized, mse * (region.Length / (double)pixels));
        double[][] maps = Ssim.Maps(within, withinEdited);
        metrics[MetricNames.Ssim + suffix] = Ssim.Mean(maps, a.Width, a.Height, border, region: null);
        metrics[MetricNames.Ssim + normalized] = Ssim.Mean(maps, a.Width, a.Height, border, region);
    }
}
