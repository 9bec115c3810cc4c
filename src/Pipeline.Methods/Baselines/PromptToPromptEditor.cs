using Pipeline.Diffusion;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>Prompt-to-Prompt over any inversion of a real picture, with P2Plus where it is asked for: the tables' "X + P2P".</summary>
/// <remarks>A. Hertz et al., "Prompt-to-Prompt Image Editing with Cross Attention Control", 2022 (arXiv:2208.01626); see <c>docs/methods/prompt-to-prompt.md</c>.</remarks>
/// <param name="models">Diffusion model, and CLIP for the inversion <c>stylediffusion</c>; they belong to the caller.</param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock of the timings in results; the system's by default.</param>
public sealed class PromptToPromptEditor(EditModels models, PromptToPromptOptions options, TimeProvider? time = null)
    : BaselineEditor<PromptToPromptOptions>(models.Diffusion, options, time)
{
    private readonly Dictionary<int, MaskImage?> regions = [];

    /// <inheritdoc />
    public override string Name => "prompt-to-prompt";

    /// <inheritdoc />
    protected override int SharedRows => 2;

    /// <inheritdoc />
    protected override InversionArtefact Prepare(BaselineContext context)
    {
        using var scope = NewDisposeScope();
        Tensor? tokens = Options.Inversion == "stylediffusion" ? ImageTokens(context.Working, context.Latent.device) : null;
        return Inversion(context, tokens).Compute(context.Latent, context.Source.States, Noise(context), context.Cancellation);
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs)
    {
        using var scope = NewDisposeScope();
        using ISourceTrajectory trajectory = Restore(context);
        var settings = new PromptToPromptSettings(
            Options.Steps, Options.SourceScale, Options.CrossUntil, Options.SelfUntil, Options.UnconditionalUntil, Options.Edit, Options.NewWordWeight, Options.LocalBlend, Options.BlendThreshold);
        var pass = new PromptToPromptPass(settings, context, Encode);
        Tensor[] latents = [.. pass.Run(trajectory, jobs).Select(z => z.MoveToOuterDisposeScope())];
        Keep(jobs, pass.Regions);
        return latents;
    }

    /// <inheritdoc />
    protected override MaskImage? RegionOf(BaselineJob job) => regions.GetValueOrDefault(job.Index);

    private void Keep(IReadOnlyList<BaselineJob> jobs, IReadOnlyList<MaskImage?> found)
    {
        for (int i = 0; i < jobs.Count; i++)
        {
            regions[jobs[i].Index] = found[i];
        }
    }

    private ISourceTrajectory Restore(BaselineContext context)
    {
        try
        {
            return Inversion(context, null).Restore(context.Latent, context.Source.States, Noise(context), context.Prepared!);
        }
        catch (DiffusionException e)
        {
            throw EditException.Request(e.Message);
        }
    }

    private IInversion Inversion(BaselineContext context, Tensor? tokens)
    {
        var plan = new TimestepPlan(Options.Steps, TimestepRule.Leading, Offset: Options.StepsOffset);
        var surroundings = new InversionContext(context.Predictor, Model.Schedule, plan) { GuidanceSource = Options.SourceScale, EmptyContext = Encode("").States, ImageTokens = tokens };
        try
        {
            return Inversions.Get(Options.Inversion).Create(Options.InversionElement, surroundings);
        }
        catch (DiffusionException e)
        {
            throw EditException.Options(e.Message);
        }
    }

    private Tensor ImageTokens(RgbImage picture, Device device) => models.ImageTokens(picture).to(device); // [1, N, X]

    // What was computed of a picture serves edits of every seed.
    private static NoiseSource Noise(BaselineContext context) => new(0, context.Request.SourceDigest);
}
