using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.StyleDiffusion;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Baselines;
using static TorchSharp.torch;

namespace Pipeline.Methods.StyleDiffusion;

/// <summary>
/// StyleDiffusion: mapping networks turn the picture, seen by CLIP, into the input of the value projections; they are trained once a picture, then Prompt-to-Prompt and P2Plus edit. Combines with SDEdit, and
/// transfers the style of one picture to another.
/// </summary>
/// <remarks>
/// S. Li et al., "StyleDiffusion: Prompt-Embedding Inversion for Text-Based Editing", 2023 (arXiv:2303.15649). What paper and authors' code say and what is done here stands in <c>docs/methods/stylediffusion.md</c>. About
/// 3,200 sample-forwards for the inversion at worst, then 2 (1 + K) N.
/// </remarks>
/// <param name="models">Diffusion model and CLIP; they belong to the caller.</param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock of the timings in results; the system's by default.</param>
public sealed class StyleDiffusionEditor(EditModels models, StyleDiffusionOptions options, TimeProvider? time = null)
    : BaselineEditor<StyleDiffusionOptions>(models.Diffusion, options, time)
{
    private const string ContentPath = "content_path";
    private readonly Dictionary<int, MaskImage?> regions = [];

    /// <inheritdoc />
    public override string Name => "stylediffusion";

    /// <inheritdoc />
    protected override int SharedRows => Options.Strength is null ? 2 : 0;

    /// <inheritdoc />
    protected override IReadOnlyList<int> Timesteps => [.. base.Timesteps.Skip(Options.FirstStep)];

    /// <inheritdoc />
    protected override InversionArtefact Prepare(BaselineContext context)
    {
        if (Options.StyleImage is null)
        {
            return Invert(context, context.Working, context.Latent, context.Source.States);
        }

        using var scope = NewDisposeScope();
        RgbImage style = ReadStyle();
        using InversionArtefact trained = Invert(context, style, EncodeSource(style), Encode(Options.StylePrompt).States);
        Tensor content = new DdimInversion(context.Predictor, Options.Ddim(Model.Schedule), Options.Steps).Path(context.Latent, context.Source.States, context.Cancellation);
        return new InversionArtefact([(ContentPath, content), .. trained.Names.Select(name => (name, trained[name].clone()))]);
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs) =>
        Options.StyleImage is not null ? Transfer(context, jobs, context.Prepared!)
        : Options.Strength is not null ? FromNoise(context, jobs, context.Prepared!)
        : Edit(context, jobs, context.Prepared!);

    /// <inheritdoc />
    protected override MaskImage? RegionOf(BaselineJob job) => regions.GetValueOrDefault(job.Index);

    private void Keep(IReadOnlyList<BaselineJob> jobs, IReadOnlyList<MaskImage?> found)
    {
        for (int i = 0; i < jobs.Count; i++)
        {
            regions[jobs[i].Index] = found[i];
        }
    }

    private StyleDiffusionInversion Inversion(INoisePredictor predictor, Tensor? tokens, Tensor? empty) =>
        new(predictor, Options.Ddim(Model.Schedule), Options.Steps, Options.Guidance, Options.Inversion, tokens, empty);

    private InversionArtefact Invert(BaselineContext context, RgbImage picture, Tensor latent, Tensor text)
    {
        using var scope = NewDisposeScope();
        Tensor tokens = models.ImageTokens(picture).to(latent.device); // [1, N, X]
        return Inversion(context.Predictor, tokens, Encode("").States).Compute(latent, text, new NoiseSource(0, context.Request.SourceDigest), context.Cancellation);
    }

    // Section 3.3: P2Plus over one source branch
    private IReadOnlyList<Tensor> Edit(BaselineContext context, IReadOnlyList<BaselineJob> jobs, InversionArtefact artefact)
    {
        using ISourceTrajectory trajectory = Inversion(context.Predictor, null, null).Restore(context.Latent, context.Source.States, new NoiseSource(0, context.Request.SourceDigest), artefact);
        var settings = new PromptToPromptSettings(
            Options.Steps, Options.Guidance, Options.CrossUntil, Options.SelfUntil, Options.UnconditionalUntil, PromptEditKind.Auto, Options.NewWordWeight, Options.LocalBlend, Options.BlendThreshold);
        var pass = new PromptToPromptPass(settings, context, Encode);
        IReadOnlyList<Tensor> latents = pass.Run(trajectory, jobs);
        Keep(jobs, pass.Regions);
        return latents;
    }

    // "StyleDiffusion with SDEdit": target keys, the source's values
    private IReadOnlyList<Tensor> FromNoise(BaselineContext context, IReadOnlyList<BaselineJob> jobs, InversionArtefact artefact)
    {
        using var scope = NewDisposeScope();
        int from = Options.FirstStep;
        if (from == Options.Steps)
        {
            return [.. jobs.Select(_ => context.Latent.clone().MoveToOuterDisposeScope())];
        }

        var sampler = new TargetSampler(context.Predictor, Options.Ddim(Model.Schedule), Options.Steps);
        double ab = sampler.AlphaBar(sampler.Timesteps[from]);
        Tensor start = cat([.. jobs.Select(job => Draw(context, job) is var n && from == 0 ? n : context.Latent * Math.Sqrt(ab) + n * Math.Sqrt(1 - ab))]);
        StepWindow window = StepWindow.Before(Options.ValueUntil, Options.Steps);
        int firstRow = jobs.Any(j => j.Guidance != 1) ? jobs.Count : 0;
        IReadOnlyList<Tensor> outputs = StyleDiffusionInversion.Outputs(artefact);
        try
        {
            var control = new ValuePathControl(Options.ValuePath, outputs, jobs.Select((_, i) => firstRow + i).ToDictionary(row => row, _ => window));
            return [.. sampler.Run(start, jobs, context.Negative.States, from, null, context.OnStep, context.Cancellation, control).Select(z => z.MoveToOuterDisposeScope())];
        }
        finally
        {
            foreach (Tensor output in outputs)
            {
                output.Dispose();
            }
        }
    }

    // "StyleDiffusion for style transfer": the style's values, the content's features
    private Tensor[] Transfer(BaselineContext context, IReadOnlyList<BaselineJob> jobs, InversionArtefact artefact)
    {
        using var scope = NewDisposeScope();
        using ISourceTrajectory content = new SamplingTrajectory(new DdimScheduler(Options.Ddim(Model.Schedule)), artefact[ContentPath].narrow(0, Options.Steps, 1), Options.Steps);
        using var batch = new EditBatch([new EditGroup(content,
        [
            new EditBranch(BranchKind.Source, -1, 1, context.Source.States),
            .. jobs.Select((job, i) => new EditBranch(BranchKind.Target, i, job.Guidance, job.Text.States, context.Negative.States)),
        ])]);
        using var injection = new FeatureInjection(
            batch.Layout, new FeatureInjectionOptions(StepWindow.First(Options.FeaturesUntil, Options.Steps), StepWindow.First(Options.AttentionUntil, Options.Steps)));
        IReadOnlyList<Tensor> outputs = StyleDiffusionInversion.Outputs(artefact);
        try
        {
            var rows = jobs.Select((_, i) => batch.Layout.Row(1 + i, GuidanceHalf.Conditional)).ToDictionary(row => row, _ => StepWindow.Always);
            var values = new ValuePathControl(Options.ValuePath, outputs, rows);
            BranchState last = new EditingLoop(context.Predictor).Run(batch, new ControlChain(values, injection), _ => context.OnStep(), context.Cancellation)[0];
            return [.. jobs.Select((_, i) => last.Latents.narrow(0, 1 + i, 1).MoveToOuterDisposeScope())];
        }
        finally
        {
            foreach (Tensor output in outputs)
            {
                output.Dispose();
            }
        }
    }

    private RgbImage ReadStyle()
    {
        try
        {
            return ImageCodec.Default.DecodeFile(Options.StyleImage!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageFormatException)
        {
            throw EditException.Options($"styleImage: {e.Message}");
        }
    }

    private static Tensor Draw(BaselineContext context, BaselineJob job) =>
        new NoiseSource(job.Seed, context.Request.SourceDigest).NormalTensor("stylediffusion/start", context.Latent.shape, context.Latent.device);
}
