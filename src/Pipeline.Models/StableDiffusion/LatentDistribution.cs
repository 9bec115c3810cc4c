using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>A diagonal normal distribution over latents. Owns its tensors; dispose it, or let the dispose scope it was made in do so.</summary>
public sealed class LatentDistribution : IDisposable
{
    private const double SmallestLogVariance = -30.0;
    private const double LargestLogVariance = 20.0;

    internal LatentDistribution(Tensor moments)
    {
        using var scope = NewDisposeScope();
        Tensor[] halves = moments.chunk(2, 1);                  // mean, log variance: [B, latent, h, w]
        Mean = halves[0].contiguous().MoveToOuterDisposeScope();
        LogVariance = halves[1].clamp(SmallestLogVariance, LargestLogVariance).MoveToOuterDisposeScope();
    }

    /// <summary>Mean, which is also the mode, [B, latent, h, w]; unscaled.</summary>
    public Tensor Mean { get; }

    /// <summary>Logarithm of the variance, clamped to [−30, 20], [B, latent, h, w].</summary>
    public Tensor LogVariance { get; }

    /// <summary>exp(½ log variance); the caller's.</summary>
    public Tensor StandardDeviation()
    {
        using Tensor half = LogVariance * 0.5;
        return half.exp();
    }

    /// <summary>Mean + deviation · noise with given standard normal noise [B, latent, h, w]; the caller's.</summary>
    public Tensor Sample(Tensor noise)
    {
        using Tensor deviation = StandardDeviation();
        using Tensor spread = deviation * noise;
        return Mean + spread;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        LogVariance.Dispose();
    }
}
