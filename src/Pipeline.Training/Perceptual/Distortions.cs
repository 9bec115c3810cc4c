using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Perceptual;

/// <summary>Distortions of known kind and strength, for triplets of a picture and two distorted ones: blur, grain, lost detail, shifts, brightness, a cast.</summary>
internal static class Distortions
{
    /// <summary>Number of kinds.</summary>
    public const int Kinds = 6;

    /// <summary>Distorts pictures, all by one kind.</summary>
    /// <param name="pixels">[B, 3, H, W] in −1..1; only read.</param>
    /// <param name="kind">0 … <see cref="Kinds"/> − 1.</param>
    /// <param name="strength">[B, 1, 1, 1] in 0..1.</param>
    /// <param name="random">For the grain and the cast; both distortions of a triplet get the same draw.</param>
    /// <returns>The same shape in −1..1; the caller's.</returns>
    public static Tensor Apply(Tensor pixels, int kind, Tensor strength, Generator random)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor changed = kind switch
        {
            0 => Towards(pixels, Blurred(Blurred(pixels)), strength),
            1 => pixels + (empty(pixels.shape, ScalarType.Float32).normal_(0, 1, random).to(pixels.device) * strength * 0.3),
            2 => Towards(pixels, nn.functional.interpolate(nn.functional.avg_pool2d(pixels, 4), [pixels.shape[2], pixels.shape[3]], null, InterpolationMode.Bilinear, false), strength),
            3 => Shifted(pixels, strength),
            4 => ((pixels + 1.0) * (1.0 - (strength * 0.6))) - 1.0,
            _ => pixels + (empty([pixels.shape[0], 3, 1, 1], ScalarType.Float32).uniform_(-1, 1, random).to(pixels.device) * strength * 0.5),
        };
        return changed.clamp(-1, 1).MoveToOuterDisposeScope();
    }

    private static Tensor Towards(Tensor from, Tensor to, Tensor share) => from + ((to - from) * share);

    private static Tensor Blurred(Tensor x) => nn.functional.avg_pool2d(x, 5, 1, 2, false, false);

    /// <summary>Up to six pixels to the side, in parts of a pixel.</summary>
    private static Tensor Shifted(Tensor pixels, Tensor strength)
    {
        long height = pixels.shape[2], width = pixels.shape[3], count = pixels.shape[0];
        Tensor row = (arange(width, ScalarType.Float32, pixels.device) + 0.5) * (2.0 / width) - 1.0;
        Tensor column = (arange(height, ScalarType.Float32, pixels.device) + 0.5) * (2.0 / height) - 1.0;
        Tensor x = (row.view(1, 1, width, 1) + (strength * (12.0 / width))).expand(count, height, width, 1);
        Tensor y = column.view(1, height, 1, 1).expand(count, height, width, 1);
        return nn.functional.grid_sample(pixels, cat([x, y], 3), GridSampleMode.Bilinear, GridSamplePaddingMode.Border, false);
    }
}
