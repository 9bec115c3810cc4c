using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Models.Classification;
using static TorchSharp.torch;

namespace Pipeline.Stages.Scoring;

/// <summary>
/// An image classifier as a judge of emotions: Emo-A (the edited picture's likeliest emotion is the wanted one) and Emo-S (its share, edited minus source) of Yang et al. 2025, EmoEdit. It is another
/// network than the CLIP that guides edits. Owns the classifier.
/// </summary>
public sealed class EmotionClassifier(ImageClassifier classifier) : IDisposable
{
    private readonly EmotionLabels _labels = new(classifier.Labels);
    private (RgbImage Picture, double[] Distribution)? _lastSource;

    /// <summary>Loads a classifier's folder.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">It holds something else.</exception>
    public static EmotionClassifier Load(string directory, Device device) => new(ImageClassifier.Load(directory, device));

    /// <summary>The metrics of an edit; none when the classifier has no labels for emotions, or not for this one.</summary>
    public IReadOnlyDictionary<string, MetricValue> Compute(RgbImage source, RgbImage edited, string emotion)
    {
        if (!_labels.AreEnough || _labels.Find(emotion) is not { } target)
        {
            return new Dictionary<string, MetricValue>();
        }

        EmotionScores scores = EmotionScores.Compute(Source(source), _labels.Distribution(classifier.Classify(edited)), target);
        return new Dictionary<string, MetricValue> { [MetricNames.EmotionAccuracy] = scores.Top1 ? 1 : 0, [MetricNames.EmotionShift] = scores.Gain };
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _lastSource = null;
        classifier.Dispose();
    }

    private double[] Source(RgbImage picture)
    {
        // The edits of one picture are scored one after the other.
        if (_lastSource is not { } known || !SamePicture.Is(known.Picture, picture))
        {
            _lastSource = known = (picture, _labels.Distribution(classifier.Classify(picture)));
        }

        return known.Distribution;
    }
}
