using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>One noise level of DPM-Solver, in single precision.</summary>
/// <param name="Alpha">1/sqrt(sigma² + 1).</param>
/// <param name="Sigma">sigma·alpha: the standard deviation in the variance-preserving form.</param>
/// <param name="Lambda">ln alpha − ln sigma.</param>
/// <param name="Decay">exp(−h) − 1, h being the step in lambda from the level before to this one.</param>
internal readonly record struct SolverLevel(float Alpha, float Sigma, float Lambda, float Decay)
{
    /// <summary>The levels of a run. Logarithms and exponentials are the tensor engine's, which rounds them in its own way.</summary>
    public static SolverLevel[] Of(float[] sigmas)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        Tensor level = tensor(sigmas);
        Tensor alpha = ((level * level) + 1.0).sqrt().reciprocal();
        Tensor sigma = level * alpha;
        Tensor lambda = alpha.log() - sigma.log();
        long steps = sigmas.Length - 1;
        Tensor decay = (lambda.narrow(0, 0, steps) - lambda.narrow(0, 1, steps)).exp() - 1.0;
        (float[] a, float[] s, float[] l, float[] d) = (NoiseSchedule.Values(alpha), NoiseSchedule.Values(sigma), NoiseSchedule.Values(lambda), NoiseSchedule.Values(decay));
        return [.. sigmas.Select((_, i) => new SolverLevel(a[i], s[i], l[i], i == 0 ? 0f : d[i - 1]))];
    }
}
