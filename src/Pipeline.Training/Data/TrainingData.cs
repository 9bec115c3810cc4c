using Pipeline.Imaging;
using Pipeline.Imaging.Tensors;
using Pipeline.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Data;

/// <summary>The data that a configuration names, and batches of it.</summary>
internal static class TrainingData
{
    /// <summary>Scenes of the world, or the configuration's manifest.</summary>
    /// <param name="config">Names the data.</param>
    /// <param name="side">Side of a manifest's pictures where the configuration does not say one; scenes have their own.</param>
    /// <exception cref="TrainingException">The manifest cannot be read.</exception>
    public static ITrainingData Open(TrainingConfig config, int side) => config.Data.Manifest is null ? new SceneData(config.Data) : ManifestData.Open(config, side, ManifestNeeds.Picture);

    /// <summary>Pictures of samples. In place of a broken one stands the next that is not, so a batch has its size and is the same every time.</summary>
    /// <returns>The pictures, with the numbers that they really have.</returns>
    public static IReadOnlyList<(int Number, RgbImage Image)> Read(this IPictureSet set, IReadOnlyList<Sample> samples) => [.. samples.Select(s => Read(set, s))];

    /// <summary>As <see cref="Read(IPictureSet, IReadOnlyList{Sample})"/>, of pictures from <paramref name="first"/> on as they are in the first epoch.</summary>
    public static IReadOnlyList<(int Number, RgbImage Image)> Read(this IPictureSet set, int first, int count) => [.. Enumerable.Range(first, count).Select(i => Read(set, new Sample(i, 0)))];

    /// <summary>Pictures of one size as float32 [B, 3, H, W] in −1..1 on a device, the CPU when null; the caller's.</summary>
    public static Tensor Pixels(IEnumerable<RgbImage> pictures, Device? device = null)
    {
        using DisposeScope scope = NewDisposeScope();
        return ImageTensors.ToTensor([.. pictures], PixelRange.SignedUnit).to(device ?? CPU).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Pixels(IEnumerable{RgbImage}, Device)"/>, of pictures that were read.</summary>
    public static Tensor Pixels(this IReadOnlyList<(int Number, RgbImage Image)> pictures, Device? device = null) => Pixels(pictures.Select(p => p.Image), device);

    private static (int Number, RgbImage Image) Read(IPictureSet set, Sample sample)
    {
        for (int i = 0; i < set.Count; i++)
        {
            int number = (int)(((long)sample.Number + i) % set.Count);
            if (set.Picture(number, sample.Epoch) is { } image)
            {
                return (number, image);
            }
        }

        throw new TrainingException("data: not one picture can be read");
    }
}
