using Pipeline.Diffusion.Noise;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.ZeroShot;

/// <summary>Moves a predicted noise towards white noise: values of neighbouring cells uncorrelated, mean 0, variance 1.</summary>
/// <remarks>
/// G. Parmar et al., "Zero-shot Image-to-Image Translation", 2023 (arXiv:2302.03027), section 3.2, eq. (2) and (3); weights, counts and the form of the divergence, var + mean^2 - 1 - log var, as in the authors' code.
/// The random shifts come from the picture's own noise, so that an inversion repeats.
/// </remarks>
/// <param name="options">Weights and counts.</param>
public sealed class NoiseRegularisation(NoiseRegularisationOptions options)
{
    private const int SmallestSide = 8;

    /// <summary>The regularised noise, in the current dispose scope.</summary>
    /// <param name="noise">A prediction [1, C, h, w]; not disposed.</param>
    /// <param name="shifts">Where the random shifts come from.</param>
    /// <param name="step">Which step of the inversion it is: every step shifts differently.</param>
    public Tensor Apply(Tensor noise, INoiseSource shifts, int step)
    {
        using var scope = NewDisposeScope();
        using IDisposable gradients = enable_grad();
        Tensor e = noise.detach().clone();
        for (int outer = 0; outer < options.Rounds; outer++)
        {
            for (int inner = 0; inner < options.Correlations; inner++)
            {
                string purpose = $"zero/shift/{step}/{outer}/{inner}";
                e = Descend(e, x => Correlation(x, shifts, purpose), options.CorrelationWeight / options.Correlations);
            }

            e = Descend(e, Divergence, options.DivergenceWeight);
        }

        return e.MoveToOuterDisposeScope();
    }

    /// <summary>Sum over channels and sizes of the squared mean product of the noise with itself, shifted by some rows, and by some columns. Differentiable.</summary>
    /// <param name="noise">[1, C, h, w].</param>
    /// <param name="shifts">Where the shifts, in 1..h/2 - 1, come from.</param>
    /// <param name="purpose">Which draw.</param>
    public static Tensor Correlation(Tensor noise, INoiseSource shifts, string purpose)
    {
        using Tensor drawn = shifts.NormalTensor(purpose, [64, noise.shape[1]]);
        Tensor uniform = (drawn / Math.Sqrt(2)).erf() * 0.5 + 0.5; // [levels, C], in (0, 1)
        Tensor loss = zeros(1, dtype: noise.dtype, device: noise.device);
        Tensor x = noise;
        for (int level = 0; ; level++)
        {
            for (int channel = 0; channel < x.shape[1]; channel++)
            {
                Tensor plane = x.narrow(1, channel, 1);
                long range = Math.Max(1, Math.Min(plane.shape[2], plane.shape[3]) / 2 - 1);
                long shift = 1 + Math.Min(range - 1, (long)(uniform[level, channel].ToDouble() * range));
                loss = loss + (plane * plane.roll(shift, 2)).mean().square() + (plane * plane.roll(shift, 3)).mean().square();
            }

            if (Math.Min(x.shape[2], x.shape[3]) <= SmallestSide)
            {
                return loss;
            }

            x = nn.functional.avg_pool2d(x, 2);
        }
    }

    /// <summary>Distance of the noise's distribution from the standard normal one, var + mean^2 - 1 - log(var + 1e-7). Differentiable.</summary>
    public static Tensor Divergence(Tensor noise)
    {
        Tensor mean = noise.mean(), variance = (noise - mean).square().mean();
        return variance + mean.square() - 1.0 - (variance + 1e-7).log();
    }

    private static Tensor Descend(Tensor e, Func<Tensor, Tensor> loss, double rate)
    {
        using var scope = NewDisposeScope();
        Tensor leaf = e.detach().requires_grad_(true);
        loss(leaf).backward();
        return (leaf.detach() - leaf.grad! * rate).MoveToOuterDisposeScope();
    }
}
