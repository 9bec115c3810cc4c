using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>A rule that makes a target's cross-attention map from the source's: Prompt-to-Prompt's replace, refine and reweight.</summary>
public interface ICrossMapEdit : IDisposable
{
    /// <summary>The edited map.</summary>
    /// <param name="source">Map of the source branch [1, heads, T, L].</param>
    /// <param name="target">The target's own map [1, heads, T, L].</param>
    /// <returns>A map of the same shape in the current dispose scope; rows need not sum to 1.</returns>
    Tensor Apply(Tensor source, Tensor target);
}
