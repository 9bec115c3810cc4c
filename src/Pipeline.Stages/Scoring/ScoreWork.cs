using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using Pipeline.Methods.Emotions;
using Pipeline.Models.Clip;
using Pipeline.Stages.Modelling;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Stages.Scoring;

/// <summary>
/// The computation of the score stage: pixel metrics always, CLIP and emotion metrics with a CLIP, structure distance with a DINO, LPIPS with its
/// network, Emo-A and Emo-S with a classifier of emotions. Embeddings are taken one picture at a time, so
/// that a value never depends on what else is scored in the same batch.
/// </summary>
public sealed class ScoreWork(
    ModelSlot<ClipEmbedder>? clip, ModelSlot<StructureModel>? structure, ModelSlot<PerceptualMetrics>? perceptual = null, ModelSlot<EmotionClassifier>? emotions = null) : IDisposable
{
    private float[][]? emotionFeatures;
    private (RgbImage Picture, float[] Embedding)? lastSource;

    /// <summary>Scores one edit.</summary>
    public IReadOnlyDictionary<string, MetricValue> Run(ScoreInput input)
    {
        // Metrics compare pictures of one size; the edited one decides.
        RgbImage source = input.Source.Width == input.Edited.Width && input.Source.Height == input.Edited.Height
            ? input.Source
            : PillowResize.Resize(input.Source, input.Edited.Width, input.Edited.Height, ResampleFilter.Lanczos);
        var metrics = new Dictionary<string, MetricValue>(PixelMetrics.Compute(source, input.Edited, input.Mask));
        if (clip is not null)
        {
            AddClip(metrics, input);
        }

        if (structure is not null && IsWanted(MetricNames.StructureDistance, input.Wanted))
        {
            metrics[MetricNames.StructureDistance] = structure.Value.Distance(source, input.Edited);
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
        wanted is null || wanted.Any(name => metric == name || metric == name + MetricNames.EditPart || metric == name + MetricNames.UneditPart);

    /// <summary>Forgets what it holds of models.</summary>
    public void Dispose()
    {
        emotionFeatures = null;
        lastSource = null;
    }

    /// <summary>Whether one of some metrics, or a part of one, was asked for.</summary>
    private static bool AnyWanted(string[] metrics, IReadOnlyList<string>? wanted) => wanted is null || wanted.Any(name => metrics.Any(m => name.StartsWith(m, StringComparison.Ordinal)));

    private static void Add(Dictionary<string, MetricValue> metrics, IReadOnlyDictionary<string, MetricValue> more)
    {
        foreach ((string name, MetricValue value) in more)
        {
            metrics[name] = value;
        }
    }

    private void AddClip(Dictionary<string, MetricValue> metrics, ScoreInput input)
    {
        ClipEmbedder model = clip!.Value;
        float[] edited = Embed(model.EmbedImages([input.Edited]))[0];
        float[] before = SourceEmbedding(model, input.Source);
        metrics[MetricNames.ClipI] = EmbeddingSimilarity.ClipI(edited, before);
        if (input.TargetPrompt.Length > 0)
        {
            float[] text = Embed(model.EmbedTexts([input.TargetPrompt]))[0];
            metrics[MetricNames.ClipT] = EmbeddingSimilarity.ClipT(edited, text);
            metrics[MetricNames.ClipTarget] = EmbeddingSimilarity.ClipSimilarity(edited, text);
        }

        if (EmotionTaxonomy.TryResolve(input.Emotion, out EmotionMatch? match))
        {
            AddEmotion(metrics, model, before, edited, match.Emotion.Id);
        }
    }

    private void AddEmotion(Dictionary<string, MetricValue> metrics, ClipEmbedder model, float[] before, float[] edited, int emotion)
    {
        emotionFeatures ??= [.. EmotionTaxonomy.All.Select(e => EmotionTemplates.Feature(Embed(model.EmbedTexts(EmotionTemplates.Of(e)))))];
        double scale = Scale(model);
        EmotionScores scores = EmotionScores.Compute(Distribution(before, scale), Distribution(edited, scale), emotion);
        metrics[MetricNames.EmotionTop1] = scores.Top1 ? 1 : 0;
        metrics[MetricNames.EmotionProbability] = scores.Probability;
        metrics[MetricNames.EmotionGain] = scores.Gain;
        metrics[MetricNames.EmotionDistance] = scores.Distance;
    }

    private float[] SourceEmbedding(ClipEmbedder model, RgbImage source)
    {
        // The edits of one picture are scored one after the other.
        if (lastSource is not { } known || !ReferenceEquals(known.Picture, source))
        {
            lastSource = known = (source, Embed(model.EmbedImages([source]))[0]);
        }

        return known.Embedding;
    }

    // softmax(s <I, T_c>), in double precision
    private double[] Distribution(float[] image, double scale)
    {
        double[] logits = [.. emotionFeatures!.Select(text => scale * EmbeddingSimilarity.Cosine(image, text))];
        double highest = logits.Max();
        double[] exponentials = Array.ConvertAll(logits, l => Math.Exp(l - highest));
        double sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, e => e / sum);
    }

    private static double Scale(ClipEmbedder model)
    {
        using DisposeScope scope = NewDisposeScope();
        return Math.Exp(model.Model.LogitScale.to(ScalarType.Float64, CPU).item<double>());
    }

    // Rows of a matrix [n, d]; the tensor is disposed.
    private static float[][] Embed(Tensor vectors)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor owned = vectors;
        Tensor host = owned.to(ScalarType.Float32, CPU).contiguous();
        using TensorAccessor<float> values = host.data<float>();
        return [.. values.ToArray().Chunk((int)owned.shape[1])];
    }
}
