using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>Edit-friendly DDPM inversion on the recorded noise: noised latents, noise maps, an edit under the second prompt and the reconstruction under the first.</summary>
internal sealed partial class EditFriendlyParity : IParityRunner
{
    public string Kind => "edit-friendly-inversion";

    public bool Recognises(ParityCase reference) => reference.HasInput("z0") && reference.HasInput("noise") && reference.Expects("zs") && reference.Expects("xts");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(reference.PathOf(reference.MetaText("model") ?? "../tiny-sd", "unet"));
        var predictor = new UNetNoisePredictor(unet, NoiseSchedule.Create(new SchedulerOptions()));
        Tensor z0 = reference.Input("z0"), uncond = reference.Input("uncond"), cond = reference.Input("cond"), noise = reference.Input("noise");
        int count = (int)noise.shape[0];
        (double etas, double sourceScale, double targetScale, int skip) = Settings(reference.Call);
        var schedule = new DdimOptions { StepsOffset = (reference.MetaText("scheduler") ?? "").Contains("steps_offset=1", StringComparison.Ordinal) ? 1 : 0 };
        var options = new EditFriendlyOptions { Skip = (double)skip / count, Eta = etas };
        var inversion = new EditFriendlyInversion(predictor, schedule, count, sourceScale, uncond, options);
        var recorded = new Recorded(noise);

        using InversionArtefact artefact = inversion.Compute(z0, cond.narrow(0, 0, 1), recorded);
        yield return reference.Compare("xts", cat([.. Enumerable.Range(1, count).Select(i => inversion.Level(z0, recorded, i))]));
        yield return reference.Compare("zs", artefact[EditFriendlyInversion.MapsName]);

        using ISourceTrajectory trajectory = inversion.Restore(z0, cond.narrow(0, 0, 1), recorded, artefact);
        foreach ((string name, int prompt, double scale) in new[] { ("z_final", 1, targetScale), ("z_recon", 0, sourceScale) })
        {
            using var batch = new EditBatch([new EditGroup(trajectory, [new EditBranch(BranchKind.Source, -1, scale, cond.narrow(0, prompt, 1), uncond)])]);
            yield return reference.Compare(name, new EditingLoop(predictor).Run(batch, null, null, CancellationToken.None)[0].Latents);
        }
    }

    private static (double Eta, double Source, double Target, int Skip) Settings(string call)
    {
        double Number(Regex form, int occurrence, double fallback) => form.Matches(call) is var all && all.Count > occurrence
            ? double.Parse(all[occurrence].Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : fallback;
        return (Number(Eta(), 0, 1), Number(SourceScale(), 0, 3.5), Number(Scale(), 0, 15), (int)Number(Skip(), 0, 36));
    }

    [GeneratedRegex(@"etas=(\d*\.?\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Eta();

    [GeneratedRegex(@"cfg_scale=(\d*\.?\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SourceScale();

    [GeneratedRegex(@"cfg (\d+(?:\.\d+)?)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Scale();

    [GeneratedRegex(@"skip=(\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Skip();

    // noise[k] is drawn k-th, from the least noisy level on
    private sealed class Recorded(Tensor noise) : INoiseSource
    {
        public Tensor NormalTensor(string purpose, long[] shape, Device? device = null) =>
            noise.select(0, int.Parse(purpose["edit-friendly/level/".Length..], CultureInfo.InvariantCulture) - 1).reshape(shape).clone();
    }
}
