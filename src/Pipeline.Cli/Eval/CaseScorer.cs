using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.Suites;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;
using Pipeline.Models;

namespace Pipeline.Cli.Eval;

/// <summary>Scores that need what only the suite knows: its own regions, and pictures as they should become. Methods never see either.</summary>
/// <param name="suite">The suite.</param>
/// <param name="judge">Sees whether an edit brought what its case expects.</param>
/// <param name="perceptual">LPIPS of the model directory, or null where it has none.</param>
internal sealed class CaseScorer(EvalSuite suite, CaseJudge judge, PerceptualMetrics? perceptual)
{
    /// <summary>LPIPS of a model directory; null where it has none.</summary>
    /// <exception cref="ModelFormatException">There is one, but it cannot be loaded.</exception>
    public static PerceptualMetrics? OpenPerceptual(string models) => ModelDirectory.Open(models).Find(ComponentKind.Lpips) is { } found ? PerceptualMetrics.Load(found.Path) : null;

    /// <summary>
    /// Metrics of a case. Parts (inside, outside) are taken over the suite's region, not over the one that the method worked with; <see cref="MetricNames.Truth"/> marks comparisons with the
    /// truth.
    /// </summary>
    /// <param name="item">The case.</param>
    /// <param name="path">File of the result.</param>
    /// <exception cref="SuiteException">Result, region or truth cannot be read.</exception>
    public IReadOnlyDictionary<string, MetricValue> Score(SuiteCase item, string path)
    {
        RgbImage edited = Read(path);
        Dictionary<string, MetricValue> metrics = new(StringComparer.Ordinal);
        MaskImage? region = item.Mask?.Read(suite.Folder, edited.Width, edited.Height);
        if (region is not null)
        {
            RgbImage source = Picture(item.Image, edited);
            Add(metrics, PixelMetrics.Compute(source, edited, region), name => IsPart(name) ? name : null);
            Add(metrics, perceptual?.Compute(source, edited, region) ?? new Dictionary<string, MetricValue>(), name => IsPart(name) ? name : null);
        }

        if (item.Truth is { } truth)
        {
            Add(metrics, PixelMetrics.Compute(Picture(truth, edited), edited, region), TruthName);
        }

        if (judge.Judge(item.Expected, edited) is { Value: not null } hit)
        {
            metrics[MetricNames.JudgeHit] = hit;
        }

        return metrics;
    }

    /// <summary>Whether a metric is of a part of the picture.</summary>
    public static bool IsPart(string metric) =>
        metric == MetricNames.NsLpips ||
        metric.Contains(MetricNames.EditPart, StringComparison.Ordinal) || metric.Contains(MetricNames.UneditPart, StringComparison.Ordinal);

    private static string TruthName(string metric)
    {
        int at = new[] { MetricNames.EditPart, MetricNames.UneditPart }.Select(s => metric.IndexOf(s, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(metric.Length).Min();
        return metric[..at] + MetricNames.Truth + metric[at..];
    }

    private static void Add(Dictionary<string, MetricValue> all, IReadOnlyDictionary<string, MetricValue> some, Func<string, string?> rename)
    {
        foreach ((string name, MetricValue value) in some)
        {
            if (rename(name) is { } renamed)
            {
                all[renamed] = value;
            }
        }
    }

    private RgbImage Picture(string path, RgbImage like)
    {
        RgbImage picture = Read(Path.Combine(suite.Folder, path));
        return picture.Width == like.Width && picture.Height == like.Height ? picture : PillowResize.Resize(picture, like.Width, like.Height, ResampleFilter.Lanczos);
    }

    private static RgbImage Read(string path)
    {
        try
        {
            return ImageCodec.Default.Decode(File.ReadAllBytes(path), DecodeLimits.Default, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ImageFormatException)
        {
            throw new SuiteException($"{path}: {error.Message}", error);
        }
    }
}
