using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>What the text tower returns. Owns its tensors; disposing it disposes them.</summary>
/// <param name="LastHiddenState">[B, n, hidden], after the final layer norm.</param>
/// <param name="Penultimate">[B, n, hidden], input of the last layer: the raw residual stream, not normalised.</param>
/// <param name="Pooled">[B, hidden]: the normalised state at the end token.</param>
public sealed record ClipTextOutput(Tensor LastHiddenState, Tensor Penultimate, Tensor Pooled) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        LastHiddenState.Dispose();
        Penultimate.Dispose();
        Pooled.Dispose();
    }
}
