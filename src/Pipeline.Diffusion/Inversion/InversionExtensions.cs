using Pipeline.Diffusion.Noise;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>Both halves of an inversion in one call.</summary>
public static class InversionExtensions
{
    /// <summary>Inverts a picture and makes its trajectory, owned by the caller; nothing is kept for a second edit.</summary>
    public static ISourceTrajectory Prepare(this IInversion inversion, Tensor latent, Tensor sourceContext, INoiseSource noise, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inversion);
        using InversionArtefact artefact = inversion.Compute(latent, sourceContext, noise, cancellation);
        return inversion.Restore(latent, sourceContext, noise, artefact);
    }
}
