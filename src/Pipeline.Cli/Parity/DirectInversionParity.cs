using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.StableDiffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// Direct inversion in the stages that the case prescribes, since the chain amplifies rounding: the path from the picture; the published offsets from the reference's path; the edit from the reference's path. The product
/// sets the source back to its path instead of adding offsets, so the offsets are computed here from the product's own guided steps.
/// </summary>
internal sealed class DirectInversionParity : IParityRunner
{
    private static readonly Tolerance Staged = new(1e-3);

    public string Kind => "direct-inversion";

    public bool Recognises(ParityCase reference) => reference.HasInput("image_u8") && reference.Expects("noise_loss") && reference.Expects("ddim_latents");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        string model = reference.PathOf(reference.MetaText("model") ?? "../tiny-sd");
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(Path.Combine(model, "unet"));
        using AutoencoderKL autoencoder = AutoencoderKL.Load(Path.Combine(model, "vae"));
        var predictor = new UNetNoisePredictor(unet, NoiseSchedule.Create(new SchedulerOptions()));
        var options = new DdimOptions { StepsOffset = 0 };
        Tensor cond = reference.Input("cond"), uncond = reference.Input("uncond"), path = reference.ExpectedTensor("ddim_latents");
        int count = (int)path.shape[0] - 1;

        Tensor z0 = autoencoder.ToLatent(reference.Input("image_u8").to(ScalarType.Float32).permute(2, 0, 1).unsqueeze(0) / 127.5 - 1.0);
        yield return reference.Compare("ddim_latents", new DirectInversion(predictor, options, count).Path(z0, cond.narrow(0, 0, 1)), Staged);

        double guidance = ParityGuidance.Stated(reference) ?? 7.5;
        yield return reference.Compare("noise_loss", Offsets(predictor, options, path, cond, uncond, guidance), Staged);

        using ISourceTrajectory trajectory = DirectInversion.Along(options, path);
        using var batch = new EditBatch([new EditGroup(trajectory, [.. Enumerable.Range(0, 2).Select(i =>
            new EditBranch(i == 0 ? BranchKind.Source : BranchKind.Target, i - 1, guidance, cond.narrow(0, i, 1), uncond))])]);
        using var steps = new StepRecorder();
        batch.Groups[0].Blend = steps;
        BranchState final = new EditingLoop(predictor).Run(batch, PromptToPromptCase.Read(reference, model, count).Control(batch.Layout, count), null, CancellationToken.None)[0];
        yield return Chain(reference, steps.All(Enumerable.Range(0, count)));
        yield return reference.Compare("z_final", final.Latents, new Tolerance(PerStep(reference)[^1]));
    }

    // offset_i = z*_{N-1-i} - DDIM_CFG(z*_{N-i}), for both prompts
    private static Tensor Offsets(UNetNoisePredictor predictor, DdimOptions options, Tensor path, Tensor cond, Tensor uncond, double guidance)
    {
        int count = (int)path.shape[0] - 1;
        using ISourceTrajectory trajectory = DirectInversion.Along(options, path);
        var free = new DdimScheduler(options);
        var layout = new BranchLayout([new(0, BranchKind.Source, -1, guidance), new(0, BranchKind.Target, 0, guidance)]);
        Tensor context = cat([uncond, uncond, cond.narrow(0, 0, 1), cond.narrow(0, 1, 1)]);
        var offsets = new List<Tensor>();
        for (int k = 0; k < count; k++)
        {
            Tensor z = path.narrow(0, count - k, 1).repeat(2, 1, 1, 1);
            Tensor rows = predictor.Predict(cat([z, z]), trajectory.Timesteps[k], context, null, k);
            Tensor e = Pipeline.Diffusion.Guidance.ClassifierFreeGuidance.Combine(layout, rows);
            int t = trajectory.Timesteps[k];
            offsets.Add(path.narrow(0, count - 1 - k, 1) - free.Step(e, z, t, t - free.Stride(count)));
        }

        return stack(offsets);
    }

    // The tolerance grows from step to step: one row for the whole tensor, judged by the worst ratio.
    private static TensorComparison Chain(ParityCase reference, Tensor z)
    {
        double[] allowed = PerStep(reference);
        Tensor expected = reference.ExpectedTensor("z");
        double[] errors = [.. Enumerable.Range(0, allowed.Length).Select(k => (z.select(0, k) - expected.select(0, k)).abs().max().ToDouble())];
        int worst = Enumerable.Range(0, allowed.Length).MaxBy(k => errors[k] / allowed[k]);
        TensorComparison whole = reference.Compare("z", z, new Tolerance(allowed[^1]));
        return errors[worst] <= allowed[worst]
            ? whole with { Note = $"each step within its own tolerance, worst at step {worst}: {errors[worst]:g3} of {allowed[worst]:g3}" }
            : whole with { Status = ComparisonStatus.Failed, Note = $"step {worst}: {errors[worst]:g3}, allowed {allowed[worst]:g3}" };
    }

    private static double[] PerStep(ParityCase reference) => [.. reference.Meta.GetProperty("stage3_tolerance_per_step").EnumerateArray().Select(t => t.GetDouble())];
}
