using System.Text.Json;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.StableDiffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// Null-text inversion in stages, each from the reference's own intermediate result: the path from the picture; losses and embeddings from the path; the reconstruction and the Prompt-to-Prompt edit with the reference's
/// embeddings.
/// </summary>
internal sealed class NullTextParity : IParityRunner
{
    private const double MeanOfEmbeddings = 1e-3; // the cases' notes: Adam normalises tiny gradients, so single entries may move by the learning rate

    private const double BlendThreshold = 0.87; // random weights make flat maps; these cases leave it unsaid

    public string Kind => "null-text-inversion";

    public bool Recognises(ParityCase reference) => reference.HasInput("image_u8") && reference.Expects("uncond_embeddings") && reference.Expects("losses");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        string model = reference.PathOf(reference.MetaText("model") ?? "../tiny-sd");
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(Path.Combine(model, "unet"));
        using AutoencoderKL autoencoder = AutoencoderKL.Load(Path.Combine(model, "vae"));
        var predictor = new UNetNoisePredictor(unet, NoiseSchedule.Create(new SchedulerOptions()));
        Tensor cond = reference.Input("cond"), path = reference.ExpectedTensor("ddim_latents");
        NullTextInversion inversion = Inversion(reference, predictor, (int)path.shape[0] - 1);

        Tensor z0 = autoencoder.ToLatent(reference.Input("image_u8").to(ScalarType.Float32).permute(2, 0, 1).unsqueeze(0) / 127.5 - 1.0);
        yield return reference.Compare("ddim_latents", inversion.Path(z0, cond.narrow(0, 0, 1)));
        if (reference.Expects("vae_recon_u8"))
        {
            yield return reference.Compare("vae_recon_u8", Bytes(autoencoder, z0).squeeze(0));
        }

        using (InversionArtefact learned = inversion.Compute([path], [cond.narrow(0, 0, 1)])[0])
        {
            Tensor losses = learned[NullTextInversion.LossesName].flatten();
            yield return reference.Compare("losses", losses.masked_select(losses.isnan().logical_not()));
            yield return Mean(reference, "uncond_embeddings", learned[NullTextInversion.EmbeddingsName]);
        }

        foreach (TensorComparison row in Sampled(reference, model, predictor, inversion, autoencoder))
        {
            yield return row;
        }
    }

    private static IEnumerable<TensorComparison> Sampled(ParityCase reference, string model, UNetNoisePredictor predictor, NullTextInversion inversion, AutoencoderKL autoencoder)
    {
        Tensor path = reference.ExpectedTensor("ddim_latents"), cond = reference.Input("cond");
        int count = (int)path.shape[0] - 1;
        using var artefact = new InversionArtefact(("path", path), ("embeddings", reference.ExpectedTensor("uncond_embeddings")));
        using ISourceTrajectory trajectory = inversion.Restore(path.narrow(0, 0, 1), cond, new Pipeline.Diffusion.Noise.NoiseSource(0, ""), artefact);
        double guidance = ParityGuidance.Stated(reference) ?? 7.5;
        EditBranch Branch(int i) => new(i == 0 ? BranchKind.Source : BranchKind.Target, i - 1, guidance, cond.narrow(0, i, 1));

        using (var alone = new EditBatch([new EditGroup(trajectory, [Branch(0)])]))
        using (var steps = new StepRecorder())
        {
            alone.Groups[0].Blend = steps;
            Tensor final = new EditingLoop(predictor).Run(alone, null, null, CancellationToken.None)[0].Latents;
            yield return reference.Compare("recon_z", steps.Latents(0));
            yield return reference.Compare("recon_image_u8", Bytes(autoencoder, final));
        }

        if (!reference.Expects("edit_z_final"))
        {
            yield break;
        }

        using var batch = new EditBatch([new EditGroup(trajectory, [Branch(0), Branch(1)])]);
        using var maps = new CrossMapAccumulator(batch.Layout, CrossMapAccumulator.WordSites(predictor.AttentionSites));
        PromptToPromptCase words = PromptToPromptCase.Read(reference, model, count, BlendThreshold);
        LocalBlend? blend = words.Blend(maps, count);
        var masks = new List<Tensor>();
        using var edited = new StepRecorder(blend, () => masks.AddRange(PromptToPromptParity.MasksOf(blend)));
        batch.Groups[0].Blend = edited;
        Tensor result = new EditingLoop(predictor).Run(batch, words.Control(batch.Layout, count, maps), null, CancellationToken.None)[0].Latents;
        int[] indices = [.. reference.Meta.GetProperty("edit_z_indices").EnumerateArray().Select(i => i.GetInt32())];
        yield return reference.Compare("edit_masks", stack(masks));
        yield return reference.Compare("edit_z", edited.All(indices));
        yield return reference.Compare("edit_z_final", result);
        yield return reference.Compare("edit_image_u8", Bytes(autoencoder, result));
        masks.ForEach(m => m.Dispose());
    }

    private static NullTextInversion Inversion(ParityCase reference, UNetNoisePredictor predictor, int count)
    {
        double Number(string name, double fallback) => reference.Meta.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : fallback;
        var options = new NullTextOptions { InnerSteps = (int)Number("num_inner_steps", 10), StopBelow = Number("early_stop_epsilon", 1e-5) };
        return new NullTextInversion(predictor, new DdimOptions { StepsOffset = 0 }, count, Number("guidance", 7.5), reference.Input("uncond"), options);
    }

    private static Tensor Bytes(AutoencoderKL autoencoder, Tensor latents) => ((autoencoder.ToImage(latents) / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0).floor().permute(0, 2, 3, 1);

    private static TensorComparison Mean(ParityCase reference, string name, Tensor actual)
    {
        TensorComparison elements = reference.Compare(name, actual);
        double mean = (actual - reference.ExpectedTensor(name)).abs().mean().ToDouble();
        return elements with
        {
            Status = mean <= MeanOfEmbeddings ? ComparisonStatus.Passed : ComparisonStatus.Failed,
            MaximumError = mean,
            Tolerance = $"{new Tolerance(MeanOfEmbeddings)} mean",
            Note = $"largest difference {elements.MaximumError:g3}",
        };
    }
}
