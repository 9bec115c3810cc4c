using Pipeline.Diffusion.Noise;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>A way to tie the diffusion process to a real picture.</summary>
public interface IInversion
{
    /// <summary>Name in manifests and results, such as <c>virtual</c>.</summary>
    string Name { get; }

    /// <summary>Prepares a picture.</summary>
    /// <param name="latent">z_0 [1, C, h, w], the scaled mean of the autoencoder's posterior. Copied.</param>
    /// <param name="sourceContext">Text states of the source prompt [1, L, X]; inversions that run no model ignore it.</param>
    /// <param name="noise">The picture's noise.</param>
    /// <returns>The trajectory, owned by the caller.</returns>
    ISourceTrajectory Prepare(Tensor latent, Tensor sourceContext, INoiseSource noise);
}
