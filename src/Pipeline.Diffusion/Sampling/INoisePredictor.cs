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

    /// <summary>Predicts the noise in latents of different noise levels, without control.</summary>
    /// <param name="latents">Latents [rows, C, h, w].</param>
    /// <param name="timesteps">One timestep a row.</param>
    /// <param name="context">Text states [rows, L, X].</param>
    /// <returns>Noise [rows, C, h, w], float32 or wider, owned by the caller.</returns>
    Tensor PredictEach(Tensor latents, IReadOnlyList<int> timesteps, Tensor context)
    {
        using var scope = NewDisposeScope();
        return cat([.. timesteps.Select((t, i) => Predict(latents.narrow(0, i, 1), t, context.narrow(0, i, 1), null, 0))]).MoveToOuterDisposeScope();
    }

    /// <summary>Like <see cref="Predict"/>, for a gradient with respect to the text states. Predictors of several parts keep peak memory at that of one part.</summary>
    /// <returns>The recording, owned by the caller.</returns>
    INoiseRecording Record(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step) =>
        new GraphRecording(this, latents, timestep, context, control, step);
}
