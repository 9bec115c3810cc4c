using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>epsilon(z, t, c): what the editing loop needs of a denoiser. A UNet in production, a closed formula in tests.</summary>
public interface INoisePredictor
{
    /// <summary>The attention sites that a control will be called at, in call order; empty where there are none.</summary>
    IReadOnlyList<AttentionSite> AttentionSites { get; }

    /// <summary>Predicts the noise in a batch of latents.</summary>
    /// <param name="latents">Latents [rows, C, h, w], all at the same noise level.</param>
    /// <param name="timestep">Timestep of that level in 0..999.</param>
    /// <param name="context">Text states [rows, L, X], row by row.</param>
    /// <param name="control">Attention control, or null for none.</param>
    /// <param name="step">Index of the step, handed to the control.</param>
    /// <returns>Noise [rows, C, h, w], float32 or wider, owned by the caller. The arguments are neither kept nor disposed.</returns>
    Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step);
}
