using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Sampling from the end of an inversion path under proximal guidance, with what lies outside the edit pulled back.</summary>
internal sealed class ProximalTrajectory(DdimScheduler scheduler, Tensor path, Tensor unconditional, ProximalOptions options)
    : InvertedTrajectory(scheduler, path, false, unconditional)
{
    private Tensor? edited; // [B, C, h, w] of the step whose guidance was mixed last
    private int editedStep = -1;

    public override Tensor? Guide(GuidanceHalves halves, int k)
    {
        if (options.Prox == ProximalOperator.None)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        (Tensor noise, Tensor mask) = ProximalGuidance.Apply(halves, options);
        if (options.PullsAt(Timesteps[k]))
        {
            long size = 2L * options.MaskRadius + 1;
            Keep(options.MaskRadius == 0 ? mask.clone() : nn.functional.max_pool2d(mask, size, 1, options.MaskRadius), k);
        }

        return noise.MoveToOuterDisposeScope();
    }

    public override BranchState Step(Tensor latents, Tensor noise, int k)
    {
        if (edited is null || editedStep != k)
        {
            return base.Step(latents, noise, k);
        }

        using var scope = NewDisposeScope();
        Tensor pull = (1.0 - edited) * options.ReconstructionRate; // 0 where the edit is
        Tensor x0 = Scheduler.PredictOriginal(noise, latents, Timesteps[k]);
        if (options.ReconstructionGuidance)
        {
            x0 = x0 - (x0 - Level(0)) * pull;
        }

        Tensor next = Scheduler.Arrive(x0, noise, Timesteps[k] - Stride);
        if (options.InversionGuidance)
        {
            next = next - (next - Level(Timesteps.Count - 1 - k)) * pull;
        }

        return new BranchState(next.MoveToOuterDisposeScope(), x0.MoveToOuterDisposeScope());
    }

    public override void Dispose()
    {
        edited?.Dispose();
        base.Dispose();
    }

    private void Keep(Tensor mask, int k)
    {
        edited?.Dispose();
        (edited, editedStep) = (mask.DetachFromDisposeScope(), k);
    }
}
