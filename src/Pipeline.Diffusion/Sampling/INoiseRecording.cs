using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>A noise prediction that can be differentiated with respect to its text states or latents. Holds what that needs until disposed.</summary>
public interface INoiseRecording : IDisposable
{
    /// <summary>The prediction [rows, C, h, w]; belongs to the recording.</summary>
    Tensor Noise { get; }

    /// <summary>Gradient with respect to the text states [rows, L, X], owned by the caller.</summary>
    /// <param name="gradient">Gradient with respect to <see cref="Noise"/>.</param>
    Tensor ContextGradient(Tensor gradient);

    /// <summary>Gradients with respect to leaves that the control brings in, such as learned inputs of the value projections; each owned by the caller.</summary>
    /// <param name="gradient">Gradient with respect to <see cref="Noise"/>.</param>
    /// <param name="leaves">Float32 leaves that require gradients; the very objects that the control reads.</param>
    /// <param name="partLoss">
    /// Asked after each part of the predictor is computed with a graph: a scalar that the control gathered there and that is to be added to what is differentiated, or null.
    /// </param>
    IReadOnlyList<Tensor> Gradients(Tensor gradient, IReadOnlyList<Tensor> leaves, Func<Tensor?>? partLoss = null);

    /// <summary>Gradient with respect to the latents [rows, C, h, w] of what the control gathers on the way, float32, owned by the caller; the prediction itself is not differentiated.</summary>
    /// <param name="partLoss">Asked after each part of the predictor is computed with a graph: a scalar to differentiate, or null.</param>
    Tensor LatentGradient(Func<Tensor?> partLoss);
}
