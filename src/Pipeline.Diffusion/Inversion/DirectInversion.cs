using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Direct inversion: the target is sampled freely, the source is put back on its inversion path after every step.</summary>
/// <remarks>
/// X. Ju et al., "Direct Inversion: Boosting Diffusion-based Editing with 3 Lines of Code", 2023 (arXiv:2310.01506). The published code first computes, for all branches, the offsets between path and guided step,
/// and adds the source's while editing. Setting the source to the path is the same and needs neither the extra pass nor the source's unconditional row; the preset
/// <c>official</c> computes the offsets nevertheless, and with them come the paper's ablations.
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="options">Schedule.</param>
/// <param name="steps">N.</param>
/// <param name="direct">Settings; null for the defaults.</param>
/// <param name="guidance">w of the source branch while editing; offsets are computed with it.</param>
/// <param name="emptyContext">Text states of the empty prompt [1, L, X]; needed for offsets of a guided source; belongs to the caller.</param>
public sealed class DirectInversion(
    INoisePredictor predictor, DdimOptions options, int steps, DirectOptions? direct = null, double guidance = 1, Tensor? emptyContext = null) : DdimInversion(predictor, options, steps)
{
    /// <summary>Name of the offsets [N, C, h, w] in the artefact, one a step.</summary>
    public const string OffsetsName = "offsets";

    private readonly DirectOptions direct = direct ?? new DirectOptions();

    /// <inheritdoc />
    public override string Name => "direct";

    /// <summary>A trajectory along a path that is already known, such as one kept from an earlier edit [N + 1, C, h, w]; the path is copied.</summary>
    public static ISourceTrajectory Along(DdimOptions options, Tensor path) => new InvertedTrajectory(new DdimScheduler(options), path, true, null);

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static new IInversionFactory Factory { get; } = new InversionFactory<DirectOptions>(
        "direct",
        new InversionTraits { GuidedSource = true },
        [("paper", new()), ("official", DirectOptions.Official)],
        o => o.Problem,
        (o, c) => new DirectInversion(c.Predictor, c.Ddim(), c.Plan.Steps, o, c.GuidanceSource, c.EmptyContext),
        (o, steps) => o.Resets ? steps : 3L * steps);

    /// <inheritdoc />
    public override InversionArtefact Compute(Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default)
    {
        using Tensor path = Path(latent, sourceContext, cancellation);
        return direct.Resets
            ? new InversionArtefact((PathName, path.alias()))
            : new InversionArtefact((PathName, path.alias()), (OffsetsName, Offsets(path, sourceContext, cancellation)));
    }

    /// <inheritdoc />
    public override ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact)
    {
        using var scope = NewDisposeScope();
        return direct.Resets ? Trajectory(artefact, latent, true) : new OffsetTrajectory(new DdimScheduler(Options), PathOf(artefact, latent), artefact[OffsetsName], direct);
    }

    /// <summary>o_i = z*_{N-1-i} - ddim(z*_{N-i}) under the source prompt and its guidance, one a step [N, C, h, w]; N or 2N sample-forwards. Owned by the caller.</summary>
    public Tensor Offsets(Tensor path, Tensor context, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var scheduler = new DdimScheduler(Options);
        int[] timesteps = scheduler.Timesteps(Steps);
        List<Tensor> offsets = [];
        for (int k = 0; k < Steps; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor z = path.narrow(0, Steps - k, 1);
            Tensor e = Guided(z, timesteps[k], context, k);
            Tensor sampled = scheduler.Step(e, z, timesteps[k], timesteps[k] - scheduler.Stride(Steps));
            offsets.Add(path.narrow(0, Steps - 1 - k, 1) - sampled);
        }

        return cat(offsets).MoveToOuterDisposeScope();
    }

    private Tensor Guided(Tensor z, int timestep, Tensor context, int step)
    {
        if (guidance == 1)
        {
            return Predictor.Predict(z, timestep, context, null, step);
        }

        using var scope = NewDisposeScope();
        Tensor empty = emptyContext ?? throw new DiffusionException("offsets of a guided source need the states of the empty prompt");
        Tensor rows = Predictor.Predict(cat([z, z]), timestep, cat([empty, context]), null, step);
        return ClassifierFreeGuidance.Mix(rows.narrow(0, 0, 1), rows.narrow(0, 1, 1), guidance).MoveToOuterDisposeScope();
    }
}
