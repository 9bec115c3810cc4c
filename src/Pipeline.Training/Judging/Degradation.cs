using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Judging;

/// <summary>
/// What an autoencoder and a sampler do to pictures beside the edit itself: softened edges, lost detail, grain, a slight cast. A judge that has never seen them would count them as mistakes
/// of the edit.
/// </summary>
public static class Degradation
{
    private const double Share = 0.6, MostNoise = 0.12, MostCast = 0.08;

    /// <summary>Degrades six pictures of ten, each by strengths of its own.</summary>
    /// <param name="pixels">[B, 3, H, W] in −1..1, even sides; only read.</param>
    /// <param name="random">Source of all strengths and of the grain, on the CPU.</param>
    /// <returns>The same shape, limited to −1..1; the caller's.</returns>
    public static Tensor Apply(Tensor pixels, Generator random)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using DisposeScope scope = NewDisposeScope();
        long count = pixels.shape[0];
        Tensor Draw() => empty([count, 1, 1, 1], ScalarType.Float32).uniform_(0, 1, random).to(pixels.device);
        Tensor chosen = Draw().lt(Share).to(ScalarType.Float32);                                        // [B, 1, 1, 1]
        Tensor soft = nn.functional.avg_pool2d(pixels, 3, 1, 1, false, false);
        Tensor x = pixels + ((soft - pixels) * (chosen * Draw()));
        Tensor coarse = nn.functional.interpolate(nn.functional.avg_pool2d(x, 2), [pixels.shape[2], pixels.shape[3]], null, InterpolationMode.Bilinear, false);
        Tensor loss = Draw();
        x += (coarse - x) * (chosen * loss * loss);
        Tensor cast = empty([count, 3, 1, 1], ScalarType.Float32).uniform_(-MostCast, MostCast, random).to(pixels.device);
        Tensor grain = empty(pixels.shape, ScalarType.Float32).normal_(0, 1, random).to(pixels.device);
        x += ((grain * (Draw() * MostNoise)) + cast) * chosen;
        return x.clamp(-1, 1).MoveToOuterDisposeScope();
    }
}
