using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.ZeroShot;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>
/// pix2pix-zero: the picture is inverted with regularised noise, the source prompt is moved along an edit direction, and the latents of every step are moved so that cross-attention stays the source's.
/// </summary>
/// <remarks>
/// G. Parmar et al., 2023 (arXiv:2302.03027). The authors first sample the source and store all its attention maps, some 2 GB; here source and targets go side by side, step by step, and only one step's maps
/// exist. They step the unconditional copy of the moved latents, and so do we. N - 2 sample-forwards for the inversion; a step costs 2 for the source and 4 and a backward pass of 2 for every emotion.
/// </remarks>
public sealed class Pix2PixZeroEditor : BaselineEditor<Pix2PixZeroOptions>
{
    private const string Start = "start";
    private readonly EditDirections? directions;

    /// <summary>Takes the settings; direction files are read when they are needed.</summary>
    public Pix2PixZeroEditor(IDiffusionModel model, Pix2PixZeroOptions options, TimeProvider? time = null)
        : base(model, options, time) => directions = options.Directions is { } folder ? new EditDirections(folder, Encode) : null;

    /// <inheritdoc />
    public override string Name => "pix2pix-zero";

    /// <inheritdoc />
    protected override int SharedRows => 2;

    /// <inheritdoc />
    protected override IReadOnlyList<string> HalfPrecision => [Start];

    // Two rows, twice, once of it with a graph.
    /// <inheritdoc />
    protected override int RowsPerEdit => 4;

    /// <inheritdoc />
    protected override InversionArtefact Prepare(BaselineContext context) => new((Start,
        new RegularisedInversion(context.Predictor, Options.Ddim(Model.Schedule), Options.Steps, new NoiseRegularisationOptions(Options.RegularisationRounds))
            .Invert(context.Latent, context.Source.States, new NoiseSource(0, context.Request.SourceDigest), context.Cancellation)));

    /// <inheritdoc />
    protected override IReadOnlyList<Tensor> Diffuse(BaselineContext context, IReadOnlyList<BaselineJob> jobs)
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        var scheduler = new DdimScheduler(Options.Ddim(Model.Schedule));
        var guide = new CrossAttentionGuidance(context.Predictor);
        Tensor negative = context.Negative.States, source = context.Source.States;
        Tensor sourceText = cat([negative, source]);                                                                                   // [2, L, X]
        Tensor text = cat([negative.expand(jobs.Count, -1, -1), .. jobs.Select(job => source + Direction(context, job) * Options.DirectionScale)]); // [2 K, L, X]
        Tensor reference = context.Prepared![Start].alias();
        Tensor z = reference.repeat(jobs.Count, 1, 1, 1);                                                                              // [K, C, h, w]
        int[] timesteps = scheduler.Timesteps(Options.Steps);
        for (int k = 0; k < timesteps.Length; k++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            (int t, int next) = (timesteps[k], timesteps[k] - scheduler.Stride(Options.Steps));
            (Tensor both, IReadOnlyList<Tensor> maps) = guide.Reference(cat([reference, reference]), t, sourceText, k);
            Tensor own = ClassifierFreeGuidance.Mix(both.narrow(0, 0, 1), both.narrow(0, 1, 1), Options.Guidance);
            reference = scheduler.Step(own, reference, t, next).MoveToOuterDisposeScope();

            Tensor rows = Options.CrossAttentionRate > 0 ? guide.Move(cat([z, z]), t, text, maps, Options.CrossAttentionRate, k) : cat([z, z]);
            Tensor predicted = context.Predictor.Predict(rows, t, text, null, k);
            Tensor e = cat([.. jobs.Select((job, i) => ClassifierFreeGuidance.Mix(predicted.narrow(0, i, 1), predicted.narrow(0, jobs.Count + i, 1), job.Guidance))]);
            z = scheduler.Step(e, rows.narrow(0, 0, jobs.Count), t, next).MoveToOuterDisposeScope();
            context.OnStep();
        }

        return [.. jobs.Select((_, i) => z.narrow(0, i, 1).MoveToOuterDisposeScope())];
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        directions?.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Direction(BaselineContext context, BaselineJob job)
    {
        Tensor direction = directions?.Of(job.Edit.Emotion, context.Latent.device) ?? job.Text.States - context.Source.States;
        return direction.shape.SequenceEqual(context.Source.States.shape)
            ? direction
            : throw EditException.Request($"the direction of {job.Edit.Emotion} is [{string.Join(", ", direction.shape)}], this model's text states are [{string.Join(", ", context.Source.States.shape)}]");
    }
}
