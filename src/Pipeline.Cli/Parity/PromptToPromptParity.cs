using System.Text.Json;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>Prompt-to-Prompt and P2Plus from a given start latent: controllers, latents, masks, stored maps and pictures, all through the product's editing loop.</summary>
internal sealed class PromptToPromptParity : IParityRunner
{
    public string Kind => "prompt-to-prompt";

    public bool Recognises(ParityCase reference) =>
        reference.HasInput("zT") && reference.HasInput("cond") && (reference.Expects("z_final") || reference.Expects("edit_z_final")) && reference.Call.Contains("text2image_ldm_stable", StringComparison.Ordinal);

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        string model = reference.PathOf(reference.MetaText("model") ?? "../tiny-sd");
        int count = ParitySchedules.Steps(reference);
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(Path.Combine(model, "unet"));
        PromptToPromptCase words = PromptToPromptCase.Read(reference, model, count);
        foreach ((string name, Tensor value) in words.Tensors())
        {
            if (reference.Expects(name))
            {
                yield return reference.Compare(name, value);
            }
        }

        using ISourceTrajectory trajectory = new SamplingTrajectory(new DdimScheduler(new DdimOptions { StepsOffset = 0 }), reference.Input("zT"), count);
        using var batch = new EditBatch([new EditGroup(trajectory, Branches(reference))]);
        using var stored = new CrossMapAccumulator(batch.Layout, CrossMapAccumulator.WordSites(unet.AttentionSites));
        using var everywhere = new CrossMapAccumulator(batch.Layout, unet.AttentionSites.Where(s => s.Place != Pipeline.Models.Attention.AttentionPlace.Mid));
        using var selfMaps = new SelfMapRecorder(batch.Layout.Row(1, GuidanceHalf.Conditional));
        ControlChain? control = words.HasController ? words.Control(batch.Layout, count, stored, everywhere, selfMaps) : null;
        LocalBlend? blend = words.Blend(stored, count);
        var masks = new List<Tensor>();
        using var steps = new StepRecorder(blend, () => masks.AddRange(MasksOf(blend)));
        batch.Groups[0].Blend = steps;
        IReadOnlyList<BranchState> final = new EditingLoop(new UNetNoisePredictor(unet, NoiseSchedule.Create(new SchedulerOptions()))).Run(batch, control, null, CancellationToken.None);

        foreach (IDisposable owned in control?.Controls.OfType<IDisposable>() ?? [])
        {
            scope.Attach(owned); // the recorders among them are still read below
        }

        int[] indices = reference.Meta.TryGetProperty("z_indices", out JsonElement given) ? [.. given.EnumerateArray().Select(i => i.GetInt32())] : [.. Enumerable.Range(0, count)];
        yield return reference.Compare("z", steps.All(indices));
        yield return reference.Compare(reference.Expects("z_final") ? "z_final" : "edit_z_final", final[0].Latents);
        foreach (TensorComparison row in Maps(reference, everywhere, selfMaps, count).Concat(Pictures(reference, model, final[0].Latents)))
        {
            yield return row;
        }

        if (reference.Expects("masks"))
        {
            yield return reference.Compare("masks", stack(masks));
        }

        masks.ForEach(m => m.Dispose());
    }

    private static EditBranch[] Branches(ParityCase reference)
    {
        Tensor cond = reference.Input("cond"), uncond = reference.Input("uncond");
        double guidance = ParityGuidance.Stated(reference) ?? 7.5;
        return [.. Enumerable.Range(0, (int)cond.shape[0]).Select(i =>
            new EditBranch(i == 0 ? BranchKind.Source : BranchKind.Target, i - 1, guidance, cond.narrow(0, i, 1), uncond))];
    }

    // bool [prompts, 1, h, w] of the latest step: the grown masks, then those of the words taken out
    internal static IEnumerable<Tensor> MasksOf(LocalBlend? blend) => new[] { blend?.Masks ?? [], blend?.Subtracted ?? [] }
        .Where(m => m.Count > 0)
        .Select(m => stack(m.Select(p => tensor(p.Values).reshape(1, p.Height, p.Width))).gt(0.5).DetachFromDisposeScope());

    private static IEnumerable<TensorComparison> Maps(ParityCase reference, CrossMapAccumulator everywhere, SelfMapRecorder selfMaps, int count)
    {
        foreach ((string name, int branch) in new[] { ("avg_cross16_src", 0), ("avg_cross16_tgt", 1) })
        {
            if (reference.Expects(name))
            {
                long tokens = reference.Expected!.Info(name).Shape[^1];
                yield return reference.Compare(name, (everywhere.Mean(branch) / (double)count).narrow(1, 0, tokens).reshape(everywhere.Height, everywhere.Width, tokens));
            }
        }

        if (reference.Expects("avg_self16_tgt_firstquery"))
        {
            yield return reference.Compare("avg_self16_tgt_firstquery", selfMaps.FirstQuery());
        }
    }

    private static IEnumerable<TensorComparison> Pictures(ParityCase reference, string model, Tensor latents)
    {
        using AutoencoderKL autoencoder = AutoencoderKL.Load(Path.Combine(model, "vae"));
        Tensor image = (autoencoder.ToImage(latents) / 2.0 + 0.5).clamp(0.0, 1.0); // [B, 3, H, W]
        if (reference.Expects("image_f"))
        {
            yield return reference.Compare("image_f", image);
        }

        yield return reference.Compare("image_u8", (image * 255.0).floor().permute(0, 2, 3, 1));
    }
}
