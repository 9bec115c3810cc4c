using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>The two reshapes around multi-head attention. Results are views where possible and belong to the caller.</summary>
internal static class AttentionHeads
{
    /// <summary>Projects [B, L, in] and splits the width into heads: [B, heads, L, d].</summary>
    public static Tensor SplitHeads(this Tensor x, nn.Module<Tensor, Tensor> projection, long heads)
    {
        using var projected = projection.forward(x);
        return projected.SplitHeads(heads);
    }

    /// <summary>[B, L, heads·d] → [B, heads, L, d].</summary>
    public static Tensor SplitHeads(this Tensor x, long heads)
    {
        using var split = x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] / heads);
        return split.transpose(1, 2);
    }

    /// <summary>[B, heads, L, d] → [B, L, heads·d].</summary>
    public static Tensor MergeHeads(this Tensor x)
    {
        using var swapped = x.transpose(1, 2);
        return swapped.reshape(x.shape[0], x.shape[2], x.shape[1] * x.shape[3]);
    }
}
