using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>A noise prediction that can be differentiated with respect to its text states. Holds what that needs until disposed.</summary>
public interface INoiseRecording : IDisposable
{
    /// <summary>The prediction [rows, C, h, w]; belongs to the recording.</summary>
    Tensor Noise { get; }

    /// <summary>Gradient with respect to the text states [rows, L, X], owned by the caller.</summary>
    /// <param name="gradient">Gradient with respect to <see cref="Noise"/>.</param>
    Tensor ContextGradient(Tensor gradient);
}
