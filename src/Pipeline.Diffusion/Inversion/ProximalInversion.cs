using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Negative-prompt inversion with proximal guidance (ProxNPI): the difference of the guidance halves is thinned, and what the edit does not touch can be pulled back to the picture.</summary>
/// <remarks>
/// L. Han et al., "ProxEdit: Improving Tuning-Free Real Image Editing with Proximal Guidance", 2023 (arXiv:2306.05414), section 3. The published code differs from the paper in operator, mask and quantile; the preset
/// <c>official</c> reproduces it, except that a negative <see cref="ProximalOptions.ReconstructionTimestep"/> there also switches inversion guidance on (operator precedence).
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="schedule">Schedule.</param>
/// <param name="steps">N.</param>
/// <param name="options">Settings.</param>
/// <param name="emptyContext">Text states of the empty prompt [1, L, X]; needed for an interpolation above 0; belongs to the caller.</param>
public sealed class ProximalInversion(INoisePredictor predictor, DdimOptions schedule, int steps, ProximalOptions options, Tensor? emptyContext = null)
    : DdimInversion(predictor, schedule, steps)
{
    /// <inheritdoc />
    public override string Name => "prox-npi";

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static new IInversionFactory Factory { get; } = new InversionFactory<ProximalOptions>(
        "prox-npi",
        new InversionTraits { OnlyPath = true },
        [("paper", new()), ("official", ProximalOptions.Official)],
        o => o.Problem,
        (o, c) => new ProximalInversion(c.Predictor, c.Ddim(), c.Plan.Steps, o, c.EmptyContext));

    /// <inheritdoc />
    public override ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact)
    {
        using var scope = NewDisposeScope();
        Tensor unconditional = NegativePromptInversion.Unconditional(sourceContext, options.Interpolation, emptyContext);
        return new ProximalTrajectory(new DdimScheduler(Options), PathOf(artefact, latent), unconditional, options);
    }
}
