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
public class DdimInversion(INoisePredictor predictor, DdimOptions options, int steps) : IInversion
{
    /// <inheritdoc />
    public virtual string Name => "ddim";

    /// <inheritdoc />
    public virtual ISourceTrajectory Prepare(Tensor latent, Tensor sourceContext, INoiseSource noise) => Trajectory(latent, sourceContext, false, null);

    /// <summary>The path z*_0..z*_N [N + 1, C, h, w]: the picture first, the start latent last. N sample-forwards. Owned by the caller.</summary>
    /// <param name="latent">z_0 [1, C, h, w].</param>
    /// <param name="context">Text states of the source prompt [1, L, X].</param>
    public Tensor Path(Tensor latent, Tensor context)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        var scheduler = new DdimInverseScheduler(options);
        int stride = scheduler.Noise.Count / steps;
        List<Tensor> path = [latent];
        foreach (int t in scheduler.Timesteps(steps))
        {
            Tensor e = predictor.Predict(path[^1], t, context, null, path.Count - 1);
            path.Add(scheduler.Step(e, path[^1], t - stride, t));
        }

        return cat(path).MoveToOuterDisposeScope();
    }

    /// <summary>A trajectory over the path of this picture.</summary>
    protected ISourceTrajectory Trajectory(Tensor latent, Tensor context, bool resetSource, Tensor? unconditional)
    {
        using Tensor path = Path(latent, context);
        return new InvertedTrajectory(new DdimScheduler(options), path, resetSource, unconditional);
    }
}
