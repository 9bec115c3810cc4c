using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.ZeroShot;

/// <summary>pix2pix-zero's inversion: DDIM backwards at guidance 1, with every prediction made whiter before it is used.</summary>
/// <remarks>
/// arXiv:2302.03027, section 3.2. As in the authors' code the model is asked at the level that the latent is at, not at the one it goes to, and the first and the last timestep of the list are left out (48
/// updates of 50).
/// </remarks>
/// <param name="predictor">The model.</param>
/// <param name="schedule">Schedule.</param>
/// <param name="steps">N, at least 3.</param>
/// <param name="regularisation">Settings.</param>
public sealed class RegularisedInversion(INoisePredictor predictor, DdimOptions schedule, int steps, NoiseRegularisationOptions regularisation)
{
    /// <summary>The start latent [1, C, h, w], the caller's.</summary>
    /// <param name="latent">z_0 [1, C, h, w].</param>
    /// <param name="context">Text states of the source prompt [1, L, X].</param>
    /// <param name="noise">The picture's noise, for the random shifts.</param>
    /// <param name="cancellation">Checked before every step.</param>
    public Tensor Invert(Tensor latent, Tensor context, INoiseSource noise, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        var scheduler = new DdimInverseScheduler(schedule);
        int stride = scheduler.Noise.Count / steps;
        var whiten = new NoiseRegularisation(regularisation);
        Tensor z = latent.alias();
        int[] timesteps = scheduler.Timesteps(steps);
        for (int k = 1; k < timesteps.Length - 1; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            Tensor e = predictor.Predict(z, timesteps[k], context, null, k);
            e = regularisation.Rounds > 0 ? whiten.Apply(e, noise, k) : e;
            z = scheduler.Step(e, z, timesteps[k], timesteps[k] + stride).MoveToOuterDisposeScope();
        }

        return z.MoveToOuterDisposeScope();
    }
}
