using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>Plug-and-play: the picture is inverted without a prompt, and the target is sampled from there with the source's decoder features and self-attention.</summary>
/// <remarks>
/// N. Tumanyan et al., 2022 (arXiv:2211.12572). Source and targets run in one batch with one source row; N sample-forwards for the inversion, then (1 + 2 K) N. The original inverts in 999 steps and takes every
/// tenth; here inversion and sampling have the same N, as in the PIE-Bench port. With the fading negative prompt a step has (1 + 3 K) rows.
/// </remarks>
public sealed class PlugAndPlayEditor(IDiffusionModel model, PlugAndPlayOptions options, TimeProvider? time = null) : BaselineEditor<PlugAndPlayOptions>(model, options, time)
{
    /// <inheritdoc />
    public override string Name => "plug-and-play";

    /// <inheritdoc />
    protected override int SharedRows => 1;

    /// <inheritdoc />
    protected override int RowsPerEdit => Options.FadingNegative ? 3 : 2;

    /// <inheritdoc />
    protected override InversionArtefact Prepare(BaselineContext context) =>
        new DdimInversion(context.Predictor, Options.Ddim(Model.Schedule), Options.Steps)
            .Compute(context.Latent, SourceText(context), new NoiseSource(0, context.Request.SourceDigest), context.Cancellation);

    /// <inheritdoc />
    protected override IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs)
    {
        using var scope = NewDisposeScope();
        Tensor path = context.Prepared![DdimInversion.PathName];
        DdimOptions schedule = Options.Ddim(Model.Schedule);
        using ISourceTrajectory trajectory = Options.ResetSource
            ? DirectInversion.Along(schedule, DdimInversion.From(path, context.Latent))
            : new SamplingTrajectory(new DdimScheduler(schedule), path.narrow(0, Options.Steps, 1), Options.Steps);
        using ISourceTrajectory? fading = Options.FadingNegative ? new FadingNegative(trajectory, jobs.Count) : null;
        using var batch = new EditBatch([new EditGroup(fading ?? trajectory,
        [
            new EditBranch(BranchKind.Source, -1, 1, SourceText(context)),
            .. jobs.Select((job, i) => new EditBranch(BranchKind.Target, i, job.Guidance, job.Text.States, context.Negative.States)),
            .. Options.FadingNegative ? jobs.Select((_, i) => new EditBranch(BranchKind.Target, jobs.Count + i, 1, context.Source.States)) : [],
        ])]);
        using var injection = new FeatureInjection(
            batch.Layout, new FeatureInjectionOptions(StepWindow.First(Options.FeaturesUntil, Options.Steps), StepWindow.First(Options.AttentionUntil, Options.Steps)));
        BranchState last = new EditingLoop(context.Predictor).Run(batch, injection, _ => context.OnStep(), context.Cancellation)[0];
        return [.. jobs.Select((_, i) => last.Latents.narrow(0, 1 + i, 1).MoveToOuterDisposeScope())];
    }

    private Tensor SourceText(BaselineContext context) => Options.SourceText is { } text ? Encode(text).States : context.Source.States;
}
