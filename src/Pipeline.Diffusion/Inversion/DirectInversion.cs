using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Direct inversion: the target is sampled freely, the source is put back on its inversion path after every step.</summary>
/// <remarks>
/// X. Ju et al., "Direct Inversion: Boosting Diffusion-based Editing with 3 Lines of Code", 2023 (arXiv:2310.01506). The published code first computes, for all branches, the offsets between path and guided step,
/// and adds the source's while editing. Setting the source to the path is the same and needs neither the extra pass nor the source's unconditional row.
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="options">Schedule.</param>
/// <param name="steps">N.</param>
public sealed class DirectInversion(INoisePredictor predictor, DdimOptions options, int steps) : DdimInversion(predictor, options, steps)
{
    /// <inheritdoc />
    public override string Name => "direct";

    /// <summary>A trajectory along a path that is already known, such as one kept from an earlier edit [N + 1, C, h, w]; the path is copied.</summary>
    public static ISourceTrajectory Along(DdimOptions options, Tensor path) => new InvertedTrajectory(new DdimScheduler(options), path, true, null);

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static new IInversionFactory Factory { get; } = new InversionFactory<NoInversionParameters>(
        "direct", new InversionTraits(), NoInversionParameters.Presets, _ => null, (_, c) => new DirectInversion(c.Predictor, c.Ddim(), c.Plan.Steps));

    /// <inheritdoc />
    public override ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact) => Trajectory(artefact, true);
}
