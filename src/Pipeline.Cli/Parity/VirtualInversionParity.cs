using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// Virtual inversion (InfEdit's sampler) without attention control: the product's editing loop with a source, a target and a mutual branch, on the recorded noise. The published loop calls its sampler twice a
/// step, once for the target and once for the mutual branch; ours moves all branches together.
/// </summary>
internal sealed class VirtualInversionParity : IParityRunner
{
    public string Kind => "virtual-inversion";

    public bool Recognises(ParityCase reference) =>
        reference.HasInput("z0") && reference.HasInput("noises") && reference.Expects("pred_x0") && reference.Expects("xs") && reference.Expects("xm");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(reference.PathOf(reference.MetaText("model") ?? "../tiny-sd", "unet"));
        NoiseSchedule schedule = NoiseSchedule.Create(new SchedulerOptions());
        Tensor z0 = reference.Input("z0"), noises = reference.Input("noises"), uncond = reference.Input("uncond"), cond = reference.Input("cond");
        (Tensor source, Tensor target) = (cond.narrow(0, 0, 1), cond.narrow(0, 1, 1));

        var plan = new TimestepPlan((int)noises.shape[0] - 1);
        using ISourceTrajectory trajectory = new VirtualInversion(new VirtualInversionOptions(plan), schedule.AlphaBar).Prepare(z0, source, new Recorded(noises));
        using var steps = new StepRecorder();
        using var batch = new EditBatch(
        [
            new EditGroup(trajectory,
            [
                new EditBranch(BranchKind.Source, -1, 1.0, source), new EditBranch(BranchKind.Target, 0, ParityGuidance.Target(reference), target, uncond),
                new EditBranch(BranchKind.Mutual, 0, 1.0, source),
            ]) { Blend = steps },
        ]);
        IReadOnlyList<BranchState> final = new EditingLoop(new UNetNoisePredictor(unet, schedule)).Run(batch, null, null, CancellationToken.None);

        yield return reference.Compare("timesteps", tensor(batch.Timesteps.Select(t => (long)t).ToArray()));
        yield return reference.Compare("xs", steps.Latents(0));
        yield return reference.Compare("xt", steps.Latents(1));
        yield return reference.Compare("xm", steps.Latents(2));
        yield return reference.Compare("pred_x0", steps.Predicted(1));
        yield return reference.Compare("z_final", final[0].Predicted.narrow(0, 1, 1));
    }

    // noises[0] is the start's, noises[k + 1] that of step k
    private sealed class Recorded(Tensor noises) : INoiseSource
    {
        public Tensor NormalTensor(string purpose, long[] shape, Device? device = null)
        {
            int index = purpose == "virtual/start" ? 0 : 1 + int.Parse(purpose["virtual/step/".Length..]);
            return noises.select(0, index).reshape(shape).clone();
        }
    }
}
