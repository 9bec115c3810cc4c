using Pipeline.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>All that an editing method needs of a latent diffusion model. Stable Diffusion in production, small closed forms in tests. Not thread-safe.</summary>
public interface IDiffusionModel
{
    /// <summary>The denoiser.</summary>
    INoisePredictor Noise { get; }

    /// <summary>Pixels per latent cell along a side, 8 in Stable Diffusion.</summary>
    int LatentFactor { get; }

    /// <summary>Side in pixels of the pictures that the model was trained with; 64 latent cells unless the model says otherwise.</summary>
    int NativeSide => 64 * LatentFactor;

    /// <summary>Device of latents and text states.</summary>
    Device Device { get; }

    /// <summary>Noise schedule that the model was trained with; Stable Diffusion's unless the model says otherwise.</summary>
    NoiseSchedule Schedule => NoiseSchedule.Create(new SchedulerOptions());

    /// <summary>What the autoencoder's latents are multiplied with before the denoiser sees them, 0.18215 in Stable Diffusion 1 and 2.</summary>
    double LatentScale => 0.18215;

    /// <summary>alphaBar[t] of the noise schedule that the model was trained with.</summary>
    double AlphaBar(int timestep);

    /// <summary>Encodes pictures [B, 3, H, W] in [-1, 1] to scaled latents [B, C, H/f, W/f]: the mean of the posterior, so that jobs repeat. Owned by the caller.</summary>
    Tensor EncodeImage(Tensor image);

    /// <summary>Decodes scaled latents [B, C, h, w] to pictures [B, 3, h f, w f], about [-1, 1], not clamped. Owned by the caller.</summary>
    Tensor DecodeLatent(Tensor latent);

    /// <summary>Encodes a prompt; a longer one is cut to the context with its end token kept, and flagged. The states are owned by the caller.</summary>
    TextStates EncodeText(string prompt);
}
