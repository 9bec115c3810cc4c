using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>
/// Structure as Splice sees it (Tumanyan et al. 2022, arXiv 2201.00424, section 3.1): cosine similarities among all keys of a ViT layer, and the mean
/// squared difference of two such matrices.
/// </summary>
public static class KeySelfSimilarity
{
    /// <summary>Smallest denominator of a cosine.</summary>
    public const double MinDenominator = 1e-8;

    /// <summary>Keys [B, T, d] → S [B, T, T], S_ij = k_i·k_j / max(|k_i||k_j|, 1e-8); the caller's. Differentiable.</summary>
    public static Tensor Of(Tensor keys)
    {
        using var scope = NewDisposeScope();
        var norms = keys.norm(2, true);                                                     // [B, T, 1]
        var denominator = norms.matmul(norms.transpose(1, 2)).clamp_min(MinDenominator);    // [B, T, T]
        return (keys.matmul(keys.transpose(1, 2)) / denominator).MoveToOuterDisposeScope();
    }

    /// <summary>Mean squared difference of two similarity matrices of one shape: a scalar, the caller's. Differentiable.</summary>
    /// <exception cref="ArgumentException">The pictures had different numbers of patches.</exception>
    public static Tensor Distance(Tensor first, Tensor second)
    {
        if (!first.shape.AsSpan().SequenceEqual(second.shape))
        {
            throw new ArgumentException(
                $"Structure distance needs equal token counts: [{string.Join(", ", first.shape)}] against [{string.Join(", ", second.shape)}]. Resize first.");
        }

        using var scope = NewDisposeScope();
        return (first - second).square().mean().MoveToOuterDisposeScope();
    }
}
