using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Negative-prompt inversion: the source prompt takes the place of the unconditional text, so guidance leaves the source's reconstruction as it is.</summary>
/// <remarks>D. Miyake et al., 2023 (arXiv:2305.16807). The softening towards the empty prompt, a spherical interpolation of the flattened states, is that of L. Han et al., "ProxEdit", 2023 (arXiv:2306.05414).</remarks>
/// <param name="predictor">The model.</param>
/// <param name="options">Schedule.</param>
/// <param name="steps">N.</param>
/// <param name="interpolation">Share of the empty prompt in [0, 1]. Default 0.</param>
/// <param name="emptyContext">Text states of the empty prompt [1, L, X]; needed for an interpolation above 0; belongs to the caller.</param>
public sealed class NegativePromptInversion(INoisePredictor predictor, DdimOptions options, int steps, double interpolation = 0, Tensor? emptyContext = null)
    : DdimInversion(predictor, options, steps)
{
    /// <inheritdoc />
    public override string Name => "npi";

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static new IInversionFactory Factory { get; } = new InversionFactory<NegativePromptOptions>(
        "npi", new InversionTraits { OnlyPath = true }, [("paper", new())], o => o.Problem, (o, c) => new NegativePromptInversion(c.Predictor, c.Ddim(), c.Plan.Steps, o.Interpolation, c.EmptyContext));

    /// <inheritdoc />
    public override ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact)
    {
        using Tensor unconditional = Unconditional(sourceContext);
        return Trajectory(artefact, latent, false, unconditional);
    }

    /// <summary>The text states that guidance leads away from [1, L, X]; owned by the caller.</summary>
    public Tensor Unconditional(Tensor sourceContext) => Unconditional(sourceContext, interpolation, emptyContext);

    internal static Tensor Unconditional(Tensor source, double interpolation, Tensor? empty) =>
        interpolation == 0 ? source.clone()
        : empty is not null && interpolation is > 0 and <= 1 ? Spherical(source, empty, interpolation)
        : throw new DiffusionException($"an interpolation of {interpolation} needs to lie in [0, 1] and the states of the empty prompt");

    // sin((1 - v) omega) / sin(omega) a + sin(v omega) / sin(omega) b, omega the angle between the flattened states
    private static Tensor Spherical(Tensor a, Tensor b, double v)
    {
        using var scope = NewDisposeScope();
        Tensor cosine = (a / a.norm() * (b / b.norm())).sum();
        Tensor omega = cosine.clamp(-1.0, 1.0).acos();
        Tensor mixed = (omega * (1 - v)).sin() / omega.sin() * a + (omega * v).sin() / omega.sin() * b;
        return mixed.MoveToOuterDisposeScope();
    }
}
