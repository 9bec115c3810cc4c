using Pipeline.Diffusion.Noise;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>
/// A way to tie the diffusion process to a real picture, in two halves: <see cref="Compute"/> runs the model and may optimise, once a picture; <see cref="Restore"/> makes a trajectory of its result
/// without running anything, once an edit. See <see cref="Inversions"/> for all of them by name.
/// </summary>
public interface IInversion
{
    /// <summary>Name in manifests and results, such as <c>virtual</c>.</summary>
    string Name { get; }

    /// <summary>Inverts a picture.</summary>
    /// <param name="latent">z_0 [1, C, h, w], the scaled mean of the autoencoder's posterior.</param>
    /// <param name="sourceContext">Text states of the source prompt [1, L, X]; inversions that run no model ignore it.</param>
    /// <param name="noise">The picture's noise.</param>
    /// <param name="cancellation">Checked before every run of the model.</param>
    /// <returns>What <see cref="Restore"/> needs, owned by the caller; empty for an inversion that computes nothing.</returns>
    InversionArtefact Compute(Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default);

    /// <summary>The trajectory of an inverted picture, owned by the caller. Runs no model. All tensors are copied.</summary>
    /// <param name="latent">The z_0 that was inverted [1, C, h, w].</param>
    /// <param name="sourceContext">The text states it was inverted with [1, L, X].</param>
    /// <param name="noise">The picture's noise.</param>
    /// <param name="artefact">What <see cref="Compute"/> made of the same picture; belongs to the caller.</param>
    /// <exception cref="DiffusionException">The artefact is not one of this inversion with these settings.</exception>
    ISourceTrajectory Restore(Tensor latent, Tensor sourceContext, INoiseSource noise, InversionArtefact artefact);
}
