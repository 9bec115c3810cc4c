using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Plain deterministic sampling (DDIM) of all branches from one start latent: text-to-image editing, and the start of inversions that end in a latent.</summary>
/// <remarks>J. Song et al., "Denoising Diffusion Implicit Models", 2020 (arXiv:2010.02502), eq. (12) with eta = 0.</remarks>
public sealed class SamplingTrajectory : ISourceTrajectory
{
    private readonly DdimScheduler scheduler;
    private readonly Tensor start;
    private readonly int stride;
    private readonly int[] timesteps;

    /// <summary>Samples in <paramref name="steps"/> steps from <paramref name="start"/> [1, C, h, w], which is copied.</summary>
    public SamplingTrajectory(DdimScheduler scheduler, Tensor start, int steps)
    {
        this.scheduler = scheduler;
        this.start = start.detach().clone().DetachFromDisposeScope();
        timesteps = scheduler.Timesteps(steps);
        stride = scheduler.Stride(steps);
    }

    /// <inheritdoc />
    public IReadOnlyList<int> Timesteps => timesteps;

    /// <inheritdoc />
    public int SkippedSteps => 0;

    /// <inheritdoc />
    public Tensor Start(int branches) => start.repeat(branches, 1, 1, 1); // [B, C, h, w]

    /// <inheritdoc />
    public BranchState Step(Tensor latents, Tensor noise, int k) => new(
        scheduler.Step(noise, latents, timesteps[k], timesteps[k] - stride),
        scheduler.PredictOriginal(noise, latents, timesteps[k]));

    /// <inheritdoc />
    public void Dispose() => start.Dispose();
}
