using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>
/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864) in the half-split layout of Llama: coordinate j turns together with j + d/2 by the
/// angle position · base^(−2j/d). Angles in fp32, whatever the model computes in.
/// </summary>
/// <param name="Cos">[B, 1, L, d/2], dtype of the model.</param>
/// <param name="Sin">[B, 1, L, d/2].</param>
internal readonly record struct RotaryEmbedding(Tensor Cos, Tensor Sin)
{
    /// <summary>Tables for positions [B, L]; the tensors are the caller's.</summary>
    public static RotaryEmbedding At(Tensor positions, LlamaConfig config, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var half = config.HeadWidth / 2;
        var frequencies = Enumerable.Range(0, half).Select(j => (float)Math.Pow(config.RotaryBase, -2.0 * j / config.HeadWidth)).ToArray();
        var angles = positions.to(ScalarType.Float32).unsqueeze(-1) * tensor(frequencies, ScalarType.Float32, positions.device);    // [B, L, d/2]
        var cos = angles.cos().to(dtype).unsqueeze(1);
        var sin = angles.sin().to(dtype).unsqueeze(1);
        return new RotaryEmbedding(cos.MoveToOuterDisposeScope(), sin.MoveToOuterDisposeScope());
    }

    /// <summary>Turns [B, heads, L, d]; the result is the caller's.</summary>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        var half = x.shape[3] / 2;
        var first = x.narrow(3, 0, half);
        var second = x.narrow(3, half, half);
        return cat([(first * Cos) - (second * Sin), (second * Cos) + (first * Sin)], 3).MoveToOuterDisposeScope();
    }
}
