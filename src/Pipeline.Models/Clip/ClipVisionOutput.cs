using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>What the image tower returns. Owns its tensors; disposing it disposes them.</summary>
/// <param name="LastHiddenState">[B, 1+N, hidden], class token first, not normalised.</param>
/// <param name="Penultimate">[B, 1+N, hidden], input of the last layer, not normalised.</param>
/// <param name="Pooled">[B, hidden]: the class token after the post layer norm.</param>
public sealed record ClipVisionOutput(Tensor LastHiddenState, Tensor Penultimate, Tensor Pooled) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        LastHiddenState.Dispose();
        Penultimate.Dispose();
        Pooled.Dispose();
    }
}
