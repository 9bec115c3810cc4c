using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Reports;

/// <summary>How metrics are called and ordered for people.</summary>
internal static class MetricLabel
{
    private static readonly (string Name, string Label)[] Known =
    [
        (MetricNames.ClipTarget, "CLIP target"), (MetricNames.EmotionProbability, "emotion"), (MetricNames.EmotionGain, "emotion gain"), (MetricNames.EmotionTop1, "emotion hit"),
        (MetricNames.EmotionAccuracy, "Emo-A"), (MetricNames.EmotionShift, "Emo-S"), (MetricNames.EmotionDistance, "emotion dist."), (MetricNames.ClipT, "CLIP-T"), (MetricNames.ClipI, "CLIP-I"), (MetricNames.StructureDistance, "structure"),
        (MetricNames.Psnr, "PSNR"), (MetricNames.Ssim, "SSIM"), (MetricNames.Lpips, "LPIPS"), (MetricNames.NsLpips, "NS-LPIPS"), (MetricNames.Mse, "MSE"),
    ];

    private static readonly (string Suffix, string Label)[] Parts =
    [
        (MetricNames.UneditPart + MetricNames.Normalized, "outside, norm."), (MetricNames.EditPart + MetricNames.Normalized, "inside, norm."),
        (MetricNames.UneditPart, "outside"), (MetricNames.EditPart, "inside"),
    ];

    internal static string Of(string metric)
    {
        (string name, string? part) = Split(metric);
        string label = Array.Find(Known, known => known.Name == name).Label ?? name.Replace('_', ' ');
        return part is null ? label : $"{label} {part}";
    }

    /// <summary>Whole-frame metrics first, in the order above; then parts; unknown ones after known ones.</summary>
    internal static IOrderedEnumerable<string> Order(IEnumerable<string> metrics) => metrics
        .OrderBy(metric => Split(metric).Part is null ? 0 : 1 + Array.FindIndex(Parts, part => metric.EndsWith(part.Suffix, StringComparison.Ordinal) && part.Label == Split(metric).Part))
        .ThenBy(metric => Array.FindIndex(Known, known => known.Name == Split(metric).Name) is var at && at < 0 ? int.MaxValue : at)
        .ThenBy(metric => metric, StringComparer.Ordinal);

    private static (string Name, string? Part) Split(string metric)
    {
        (string suffix, string label) = Array.Find(Parts, part => metric.EndsWith(part.Suffix, StringComparison.Ordinal));
        return suffix is null ? (metric, null) : (metric[..^suffix.Length], label);
    }
}
