using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Guided DDIM sampling from the end of an inversion path.</summary>
internal sealed class InvertedTrajectory : ISourceTrajectory
{
    private readonly DdimScheduler scheduler;
    private readonly Tensor path; // [N + 1, C, h, w]
    private readonly bool resetSource;
    private readonly Tensor? unconditional;
    private readonly int[] timesteps;
    private readonly int stride;

    public InvertedTrajectory(DdimScheduler scheduler, Tensor path, bool resetSource, Tensor? unconditional)
    {
        int steps = (int)path.shape[0] - 1;
        this.scheduler = scheduler;
        this.path = path.detach().clone().DetachFromDisposeScope();
        this.resetSource = resetSource;
        this.unconditional = unconditional?.detach().clone().DetachFromDisposeScope();
        timesteps = scheduler.Timesteps(steps);
        stride = scheduler.Stride(steps);
    }

    public IReadOnlyList<int> Timesteps => timesteps;

    public int SkippedSteps => 0;

    public Tensor Start(int branches)
    {
        using Tensor last = path.narrow(0, timesteps.Length, 1);
        return last.repeat(branches, 1, 1, 1); // [B, C, h, w]
    }

    public Tensor? UnconditionalAt(int k) => unconditional;

    public BranchState Step(Tensor latents, Tensor noise, int k)
    {
        using var scope = NewDisposeScope();
        Tensor next = scheduler.Step(noise, latents, timesteps[k], timesteps[k] - stride);
        if (resetSource)
        {
            Tensor source = path.narrow(0, timesteps.Length - 1 - k, 1); // z* of the level that the step arrives at
            next = next.shape[0] == 1 ? source.clone() : cat([source, next.narrow(0, 1, next.shape[0] - 1)]);
        }

        Tensor predicted = scheduler.PredictOriginal(noise, latents, timesteps[k]);
        return new BranchState(next.MoveToOuterDisposeScope(), predicted.MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        path.Dispose();
        unconditional?.Dispose();
    }
}
