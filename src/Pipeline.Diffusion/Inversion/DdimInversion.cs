using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>DDIM inversion: the deterministic sampler run backwards under the source prompt at guidance 1, from the picture to a start latent.</summary>
/// <remarks>
/// P. Dhariwal, A. Nichol, 2021 (arXiv:2105.05233), appendix F; R. Mokady et al., "Null-text Inversion", 2022 (arXiv:2211.09794), section 3.1. To reach level t the model is asked at t on the latent one level
/// below, as the prompt-to-prompt family of code does. The path drifts once guidance above 1 is used for editing; <see cref="DirectInversion"/> and <see cref="NegativePromptInversion"/> mend that.
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="options">Schedule; the family of code uses offset 0.</param>
/// <param name="steps">N.</param>
/// <param name="timestep">At which level the model is asked.</param>
public class DdimInversion(INoisePredictor predictor, DdimOptions options, int steps, InversionTimestep timestep = InversionTimestep.Next) : IInversion
{
    /// <summary>Name of the path [N + 1, C, h, w] in the artefact.</summary>
    public const string PathName = "path";

    /// <summary>The model.</summary>
    protected INoisePredictor Predictor => predictor;

    /// <summary>The schedule.</summary>
    protected DdimOptions Options => options;

    /// <summary>N.</summary>
    protected int Steps => steps;

    /// <inheritdoc />
    public virtual string Name => "ddim";

    /// <summary>For <see cref="Inversions"/>.</summary>
    internal static IInversionFactory Factory { get; } = new InversionFactory<DdimInversionOptions>(
        "ddim", new InversionTraits(), [("paper", new())], _ => null, (o, c) => new DdimInversion(c.Predictor, c.Ddim(), c.Plan.Steps, o.InversionTimestep));

    /// <inheritdoc />
    public virtual InversionArtefact Compute(Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default) =>
        new((PathName, Path(latent, sourceContext, cancellation)));

    /// <inheritdoc />
    public virtual ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact) => Trajectory(artefact, latent, false);

    /// <summary>The path z*_0..z*_N [N + 1, C, h, w]: the picture first, the start latent last. N sample-forwards. Owned by the caller.</summary>
    /// <param name="latent">z_0 [1, C, h, w].</param>
    /// <param name="context">Text states of the source prompt [1, L, X].</param>
    /// <param name="cancellation">Checked before every step.</param>
    public Tensor Path(Tensor latent, Tensor context, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var scheduler = new DdimInverseScheduler(Options);
        int stride = scheduler.Noise.Count / Steps;
        List<Tensor> path = [latent];
        foreach (int t in scheduler.Timesteps(Steps))
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor e = Predictor.Predict(path[^1], timestep == InversionTimestep.Next ? t : Math.Max(0, t - stride), context, null, path.Count - 1);
            path.Add(scheduler.Step(e, path[^1], t - stride, t));
        }

        return cat(path).MoveToOuterDisposeScope();
    }

    /// <summary>A path [N + 1, C, h, w] that begins with z_0 itself, whatever it was kept in; in the current dispose scope.</summary>
    public static Tensor From(Tensor path, Tensor latent) => cat([latent.to(path.dtype, path.device), path.narrow(0, 1, path.shape[0] - 1)]);

    /// <summary>A trajectory over the artefact's path.</summary>
    protected ISourceTrajectory Trajectory(InversionArtefact artefact, Tensor latent, bool resetSource, Tensor? unconditional = null)
    {
        using var scope = NewDisposeScope();
        return new InvertedTrajectory(new DdimScheduler(Options), PathOf(artefact, latent), resetSource, unconditional);
    }

    /// <summary>The artefact's path from the given z_0 on; in the current dispose scope.</summary>
    /// <exception cref="DiffusionException">It has another number of steps.</exception>
    protected Tensor PathOf(InversionArtefact artefact, Tensor latent) => artefact[PathName] is var path && path.shape[0] == Steps + 1
        ? From(path, latent)
        : throw new DiffusionException($"the stored path has {path.shape[0] - 1} steps, not {Steps}: invert again");
}
