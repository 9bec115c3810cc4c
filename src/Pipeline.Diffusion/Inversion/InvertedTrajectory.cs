using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Guided DDIM sampling from the end of an inversion path.</summary>
internal class InvertedTrajectory : ISourceTrajectory
{
    private readonly Tensor path; // [N + 1, C, h, w]
    private readonly bool resetSource;
    private readonly Tensor? unconditional;
    private readonly int[] timesteps;

    public InvertedTrajectory(DdimScheduler scheduler, Tensor path, bool resetSource, Tensor? unconditional)
    {
        int steps = (int)path.shape[0] - 1;
        Scheduler = scheduler;
        this.path = path.detach().clone().DetachFromDisposeScope();
        this.resetSource = resetSource;
        this.unconditional = unconditional?.detach().clone().DetachFromDisposeScope();
        timesteps = scheduler.Timesteps(steps);
        Stride = scheduler.Stride(steps);
    }

    public IReadOnlyList<int> Timesteps => timesteps;

    public int SkippedSteps => 0;

    protected DdimScheduler Scheduler { get; }

    protected int Stride { get; }

    public Tensor Start(int branches)
    {
        using Tensor last = path.narrow(0, timesteps.Length, 1);
        return last.repeat(branches, 1, 1, 1); // [B, C, h, w]
    }

    public virtual bool SharesUnconditional => true;

    public virtual Tensor? UnconditionalAt(int k) => unconditional;

    public virtual Tensor? Guide(GuidanceHalves halves, int k) => null;

    public virtual BranchState Step(Tensor latents, Tensor noise, int k)
    {
        using var scope = NewDisposeScope();
        Tensor next = Scheduler.Step(noise, latents, timesteps[k], timesteps[k] - Stride);
        if (resetSource)
        {
            Tensor source = Level(timesteps.Length - 1 - k); // z* of the level that the step arrives at
            next = next.shape[0] == 1 ? source.clone() : cat([source, next.narrow(0, 1, next.shape[0] - 1)]);
        }

        Tensor predicted = Scheduler.PredictOriginal(noise, latents, timesteps[k]);
        return new BranchState(next.MoveToOuterDisposeScope(), predicted.MoveToOuterDisposeScope());
    }

    public virtual void Dispose()
    {
        path.Dispose();
        unconditional?.Dispose();
    }

    /// <summary>z* of a level [1, C, h, w], 0 the picture; in the current dispose scope.</summary>
    protected Tensor Level(int level) => path.narrow(0, level, 1);
}
