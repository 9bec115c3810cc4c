using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>
/// Plug-and-play's negative prompt over another trajectory: e_u becomes alpha e_u + (1 - alpha) e_neg with alpha from 1 at the first step to 0 at the last. e_neg comes from a companion branch of each target, under the negative text,
/// which is moved exactly as its target is, so that both always hold the same latent.
/// </summary>
/// <remarks>N. Tumanyan et al., 2022 (arXiv:2211.12572), section 5 and the authors' code: the description of the source as a negative prompt.</remarks>
/// <param name="inner">The trajectory; belongs to the caller.</param>
/// <param name="targets">K: branches are the source, K targets, K companions in the order of their targets.</param>
internal sealed class FadingNegative(ISourceTrajectory inner, int targets) : ISourceTrajectory
{
    /// <inheritdoc />
    public IReadOnlyList<int> Timesteps => inner.Timesteps;

    /// <inheritdoc />
    public int SkippedSteps => inner.SkippedSteps;

    /// <inheritdoc />
    public Tensor Start(int branches) => inner.Start(branches);

    /// <inheritdoc />
    public Tensor Guide(GuidanceHalves halves, int k)
    {
        using var scope = NewDisposeScope();
        double alpha = Timesteps.Count > 1 ? 1 - (double)k / (Timesteps.Count - 1) : 1;
        Tensor source = halves.Conditional.narrow(0, 0, 1);                                                       // [1, C, h, w]
        Tensor negative = halves.Conditional.narrow(0, 1 + targets, targets);                                     // [K, C, h, w]
        Tensor unconditional = ClassifierFreeGuidance.Mix(negative, halves.Unconditional.narrow(0, 1, targets), alpha);
        Tensor guided = cat([.. Enumerable.Range(0, targets).Select(i =>
            ClassifierFreeGuidance.Mix(unconditional.narrow(0, i, 1), halves.Conditional.narrow(0, 1 + i, 1), halves.Scales[1 + i]))]);
        return cat([source, guided, guided]).MoveToOuterDisposeScope();                                           // [1 + 2 K, C, h, w]
    }

    /// <inheritdoc />
    public BranchState Step(Tensor latents, Tensor noise, int k) => inner.Step(latents, noise, k);

    /// <inheritdoc />
    public Tensor Result(BranchState last) => inner.Result(last);

    /// <inheritdoc />
    public void Dispose()
    {
        // The inner trajectory is the caller's.
    }
}
