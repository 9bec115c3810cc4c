using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Emotions;
using Pipeline.Models.Clip;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Scoring;

/// <summary>What CLIP says of an edit. The source is embedded once for all edits that follow one another, and every text once.</summary>
internal sealed class ClipMetrics(ModelSlot<ClipEmbedder> clip)
{
    private const int MostTexts = 4096;

    private readonly Dictionary<string, float[]> texts = new(StringComparer.Ordinal);
    private readonly ClipEmotions emotions = new(clip);
    private (RgbImage Picture, float[] Embedding)? lastSource;

    /// <summary>Adds the metrics of an edit.</summary>
    public void Add(Dictionary<string, MetricValue> metrics, ScoreInput input)
    {
        float[] edited = Picture(input.Edited), before = Source(input.Source);
        metrics[MetricNames.ClipI] = EmbeddingSimilarity.ClipI(edited, before);
        if (input.TargetPrompt.Length > 0)
        {
            AddPrompt(metrics, input, edited, before);
        }

        if (EmotionTaxonomy.TryResolve(input.Emotion, out EmotionMatch? match))
        {
            AddEmotion(metrics, before, edited, match.Emotion.Id);
        }
    }

    /// <summary>Forgets what it holds of the model.</summary>
    public void Forget()
    {
        texts.Clear();
        emotions.Forget();
        lastSource = null;
    }

    private void AddPrompt(Dictionary<string, MetricValue> metrics, ScoreInput input, float[] edited, float[] before)
    {
        float[] target = Text(input.TargetPrompt);
        metrics[MetricNames.ClipT] = EmbeddingSimilarity.ClipT(edited, target);
        metrics[MetricNames.ClipTarget] = EmbeddingSimilarity.ClipSimilarity(edited, target);
        if (ScoreWork.IsWanted(MetricNames.ClipScore, input.Wanted))
        {
            metrics[MetricNames.ClipScore] = EmbeddingSimilarity.ClipScore(edited, Text("A photo depicts " + input.TargetPrompt));
        }

        if (input.SourcePrompt.Length > 0)
        {
            metrics[MetricNames.ClipDirectional] = EmbeddingSimilarity.Directional(before, edited, Text(input.SourcePrompt), target);
        }

        if (input.Mask is { } mask && ScoreWork.IsWanted(MetricNames.ClipTarget + MetricNames.EditPart, input.Wanted))
        {
            metrics[MetricNames.ClipTarget + MetricNames.EditPart] = EmbeddingSimilarity.ClipSimilarity(Picture(Within(input.Edited, mask)), target);
        }
    }

    private void AddEmotion(Dictionary<string, MetricValue> metrics, float[] before, float[] edited, int emotion)
    {
        EmotionScores scores = EmotionScores.Compute(emotions.Distribution(before), emotions.Distribution(edited), emotion);
        metrics[MetricNames.EmotionTop1] = scores.Top1 ? 1 : 0;
        metrics[MetricNames.EmotionProbability] = scores.Probability;
        metrics[MetricNames.EmotionGain] = scores.Gain;
        metrics[MetricNames.EmotionDistance] = scores.Distance;
    }

    // PIE-Bench: the edited picture times the mask.
    private static RgbImage Within(RgbImage picture, MaskImage mask)
    {
        RgbImage part = new(picture.Width, picture.Height);
        for (int i = 0; i < mask.Values.Length; i++)
        {
            if (mask.Values[i] > 0.5f)
            {
                picture.Pixels.AsSpan(i * 3, 3).CopyTo(part.Pixels.AsSpan(i * 3, 3));
            }
        }

        return part;
    }

    private float[] Picture(RgbImage picture) => ClipEmotions.Rows(clip.Value.EmbedImages([picture]))[0];

    private float[] Source(RgbImage source)
    {
        // The edits of one picture are scored one after the other.
        if (lastSource is not { } known || !SamePicture.Is(known.Picture, source))
        {
            lastSource = known = (source, Picture(source));
        }

        return known.Embedding;
    }

    private float[] Text(string text)
    {
        if (!texts.TryGetValue(text, out float[]? known))
        {
            if (texts.Count == MostTexts)
            {
                texts.Clear();
            }

            texts[text] = known = ClipEmotions.Rows(clip.Value.EmbedTexts([text]))[0];
        }

        return known;
    }
}
