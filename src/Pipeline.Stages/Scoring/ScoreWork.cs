using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using Pipeline.Models.Clip;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Scoring;

/// <summary>
/// The computation of the score stage: pixel metrics always, CLIP and emotion metrics with a CLIP, structure distance with a DINO, LPIPS with its
/// network, Emo-A and Emo-S with a classifier of emotions. Embeddings are taken one picture at a time, so
/// that a value never depends on what else is scored in the same batch.
/// </summary>
public sealed class ScoreWork(
    ModelSlot<ClipEmbedder>? clip, ModelSlot<StructureModel>? structure, ModelSlot<PerceptualMetrics>? perceptual = null, ModelSlot<EmotionClassifier>? emotions = null) : IDisposable
{
    private static readonly string[] s_parts =
        [MetricNames.EditPart, MetricNames.UneditPart, MetricNames.EditPart + MetricNames.Normalized, MetricNames.UneditPart + MetricNames.Normalized];

    private readonly ClipMetrics? clipMetrics = clip is null ? null : new ClipMetrics(clip);

    /// <summary>Scores one edit.</summary>
    public IReadOnlyDictionary<string, MetricValue> Run(ScoreInput input)
    {
        // Metrics compare pictures of one size; the edited one decides.
        RgbImage source = input.Source.Width == input.Edited.Width && input.Source.Height == input.Edited.Height
            ? input.Source
            : PillowResize.Resize(input.Source, input.Edited.Width, input.Edited.Height, ResampleFilter.Lanczos);
        var metrics = new Dictionary<string, MetricValue>(PixelMetrics.Compute(source, input.Edited, input.Mask));
        clipMetrics?.Add(metrics, input);

        if (IsNamed(MetricNames.SsimFull, input.Wanted))
        {
            AddSsimFull(metrics, source, input);
        }

        if (structure is not null && (AnyWanted([MetricNames.StructureDistance, MetricNames.Dino], input.Wanted) || IsNamed(MetricNames.StructureDistancePie255, input.Wanted)))
        {
            StructureScores scores = structure.Value.Compare(source, input.Edited, IsNamed(MetricNames.StructureDistancePie255, input.Wanted));
            metrics[MetricNames.StructureDistance] = scores.Distance;
            metrics[MetricNames.Dino] = scores.ClassSimilarity;
            if (scores.DistancePie255 is { } pie)
            {
                metrics[MetricNames.StructureDistancePie255] = pie;
            }
        }

        if (perceptual is not null && AnyWanted([MetricNames.Lpips, MetricNames.NsLpips], input.Wanted))
        {
            Add(metrics, perceptual.Value.Compute(source, input.Edited, input.Mask));
        }

        if (emotions is not null && AnyWanted([MetricNames.EmotionAccuracy, MetricNames.EmotionShift], input.Wanted))
        {
            Add(metrics, emotions.Value.Compute(input.Source, input.Edited, input.Emotion));
        }

        return metrics.Where(m => IsWanted(m.Key, input.Wanted)).ToDictionary(m => m.Key, m => m.Value);
    }

    /// <summary>Whether a metric was asked for: by its name, or as a part of one (<c>psnr</c> stands for <c>psnr_unedit_part</c> as well).</summary>
    public static bool IsWanted(string metric, IReadOnlyList<string>? wanted) =>
        wanted is null || wanted.Any(name => metric == name || s_parts.Any(part => metric == name + part));

    /// <summary>Forgets what it holds of models.</summary>
    public void Dispose() => clipMetrics?.Forget();

    /// <summary>Whether one of some metrics, or a part of one, was asked for.</summary>
    private static bool AnyWanted(string[] metrics, IReadOnlyList<string>? wanted) => wanted is null || wanted.Any(name => metrics.Any(m => name.StartsWith(m, StringComparison.Ordinal)));

    // Metrics that cost extra are never among "all".
    private static bool IsNamed(string metric, IReadOnlyList<string>? wanted) => wanted?.Any(name => name.StartsWith(metric, StringComparison.Ordinal)) == true;

    private static void AddSsimFull(Dictionary<string, MetricValue> metrics, RgbImage source, ScoreInput input)
    {
        foreach ((string name, MetricValue value) in PixelMetrics.Compute(source, input.Edited, input.Mask, SsimBorder.Full).Where(m => m.Key.StartsWith(MetricNames.Ssim, StringComparison.Ordinal)))
        {
            metrics[MetricNames.SsimFull + name[MetricNames.Ssim.Length..]] = value;
        }
    }

    private static void Add(Dictionary<string, MetricValue> metrics, IReadOnlyDictionary<string, MetricValue> more)
    {
        foreach ((string name, MetricValue value) in more)
        {
            metrics[name] = value;
        }
    }
}
