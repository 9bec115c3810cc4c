using Pipeline.Imaging;
using Pipeline.Methods.Emotions;
using Pipeline.Models.Clip;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Scoring;

/// <summary>How far a picture evokes an emotion already, before any edit: its zero-shot probability among the 27 by CLIP, as <c>emo_prob</c> gives it after an edit. The last picture is embedded once.</summary>
public sealed class EmotionPresence(ModelSlot<ClipEmbedder> clip)
{
    private readonly ClipEmotions emotions = new(clip);
    private (RgbImage Picture, double[] Distribution)? last;

    /// <summary>The probability, or null for what is no emotion of the taxonomy.</summary>
    public double? Of(RgbImage picture, string emotion)
    {
        if (!EmotionTaxonomy.TryResolve(emotion, out EmotionMatch? match))
        {
            return null;
        }

        if (last is not { } known || !SamePicture.Is(known.Picture, picture))
        {
            last = known = (picture, emotions.Distribution(ClipEmotions.Rows(clip.Value.EmbedImages([picture]))[0]));
        }

        return known.Distribution[match.Emotion.Id];
    }
}
