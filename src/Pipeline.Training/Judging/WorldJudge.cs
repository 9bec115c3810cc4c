using Pipeline.Imaging;
using Pipeline.Models;
using Pipeline.Models.Classification;
using static TorchSharp.torch;

namespace Pipeline.Training.Judging;

/// <summary>A trained judge: says what is in a picture of the world, edited or not. Owns its classifier.</summary>
public sealed class WorldJudge : IDisposable
{
    private readonly ImageClassifier _classifier;

    private WorldJudge(ImageClassifier classifier) => _classifier = classifier;

    /// <summary>Loads the folder that <c>moodpipe train judge</c> wrote.</summary>
    /// <exception cref="ModelFormatException">It holds something else, or a classifier of other labels.</exception>
    public static WorldJudge Load(string folder, Device? device = null)
    {
        ImageClassifier classifier = ImageClassifier.Load(folder, device);
        if (classifier.Labels.SequenceEqual(WorldLabels.All, StringComparer.Ordinal))
        {
            return new WorldJudge(classifier);
        }

        classifier.Dispose();
        throw new ModelFormatException($"{folder}: is a classifier of other labels than the world's: give the folder that 'moodpipe train judge' wrote");
    }

    /// <summary>What it says of a picture.</summary>
    public SceneVerdict Judge(RgbImage picture) => new(_classifier.Classify(picture));

    /// <inheritdoc />
    public void Dispose() => _classifier.Dispose();
}
