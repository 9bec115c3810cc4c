using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Sampling from the end of an inversion path with the published offsets of direct inversion.</summary>
internal sealed class OffsetTrajectory : InvertedTrajectory
{
    private readonly Tensor offsets; // [N, C, h, w], one a step
    private readonly DirectOptions options;

    public OffsetTrajectory(DdimScheduler scheduler, Tensor path, Tensor offsets, DirectOptions options)
        : base(scheduler, path, false, null)
    {
        this.offsets = offsets.detach().clone().DetachFromDisposeScope();
        this.options = options;
    }

    public override BranchState Step(Tensor latents, Tensor noise, int k)
    {
        BranchState free = base.Step(latents, noise, k);
        if (k % options.EveryKSteps != 0)
        {
            return free;
        }

        using var scope = NewDisposeScope();
        using Tensor sampled = free.Latents;
        Tensor offset = offsets.narrow(0, k, 1) * options.OffsetScale;
        long rest = sampled.shape[0] - 1;
        Tensor next = options.OffsetTargets || rest == 0 ? sampled + offset : cat([sampled.narrow(0, 0, 1) + offset, sampled.narrow(0, 1, rest)]);
        return free with { Latents = next.MoveToOuterDisposeScope() };
    }

    public override void Dispose()
    {
        offsets.Dispose();
        base.Dispose();
    }
}
