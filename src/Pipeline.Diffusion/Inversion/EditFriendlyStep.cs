using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>One DDPM step of edit-friendly inversion from timestep t to the next one below, p: z_p = mu + sigma n.</summary>
/// <remarks>
/// <code>
/// var = (1 - ab_p) / (1 - ab_t) (1 - ab_t / ab_p),  sigma = eta sqrt(var)
/// mu  = sqrt(ab_p) x0 + sqrt(1 - ab_p - eta var) e
/// </code>
/// Single precision coefficients, like the published code's. sigma is 0 where both levels are the same (timestep 0 of a schedule without offset).
/// </remarks>
public sealed class EditFriendlyStep
{
    private readonly OutputTransform read;
    private readonly float original;
    private readonly float direction;

    /// <summary>The step of a schedule from timestep <paramref name="from"/> to <paramref name="to"/>, which may be negative.</summary>
    public EditFriendlyStep(DdimScheduler scheduler, int from, int to, double eta)
    {
        float ab = (float)scheduler.AlphaBar(from), abPrev = (float)scheduler.AlphaBar(to);
        float variance = (1f - abPrev) / (1f - ab) * (1f - (ab / abPrev));
        Sigma = (float)eta * MathF.Sqrt(variance);
        read = OutputTransform.At(PredictionType.Epsilon, ab);
        original = MathF.Sqrt(abPrev);
        direction = MathF.Sqrt(1f - abPrev - ((float)eta * variance));
    }

    /// <summary>sigma.</summary>
    public float Sigma { get; }

    /// <summary>mu of a latent z_t and its noise prediction e; owned by the caller.</summary>
    public Tensor Mean(Tensor latent, Tensor noise)
    {
        using Tensor x0 = read.Original(latent, noise);
        return Affine.Combine(x0, original, noise, direction);
    }

    /// <summary>The map that leads from mu to z_p: (z_p - mu) / sigma, or 0 where sigma is; owned by the caller.</summary>
    public Tensor Map(Tensor arrived, Tensor mean)
    {
        using Tensor difference = arrived - mean;
        return Sigma > 0f ? difference / Sigma : zeros_like(difference);
    }

    /// <summary>mu + sigma n; owned by the caller.</summary>
    public Tensor Arrive(Tensor mean, Tensor map)
    {
        using Tensor noise = map * Sigma;
        return mean + noise;
    }

    /// <summary>x0 of a latent and its noise prediction; owned by the caller.</summary>
    public Tensor Original(Tensor latent, Tensor noise) => read.Original(latent, noise);
}
