using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>
/// softmax(q·kᵀ·scale + mask)·v (Vaswani et al. 2017, arXiv 1706.03762, eq. 1). <see cref="Compute"/> never holds all probabilities: it uses the
/// engine's fused operator where there is one and works through blocks of queries elsewhere. <see cref="Probabilities"/> is for attention control,
/// which needs the map itself.
/// </summary>
public static class ScaledDotProductAttention
{
    /// <summary>Most score elements held at once: 2²⁴ are 64 MiB in float32.</summary>
    private const long MaximumScores = 1L << 24;

#if TENSOR_ENGINE_SYSTEM
    /// <summary>libtorch has a fused operator from 2.0 on.</summary>
    private static bool HasFusedOperator { get; } = TorchSharp.Native.Aten.scaled_dot_product_attention.Exists;
#else
    private static bool HasFusedOperator => true;
#endif

    /// <summary>The attention output [B, H, Lq, Dv]; the caller owns it.</summary>
    /// <param name="q">Queries [B, H, Lq, D].</param>
    /// <param name="k">Keys [B, H, Lk, D].</param>
    /// <param name="v">Values [B, H, Lk, Dv].</param>
    /// <param name="mask">Added to the scores; broadcasts to [B, H, Lq, Lk]. 0 allows, the most negative finite value forbids.</param>
    /// <param name="scale">Factor of the scores, usually D^-0.5 (1 for T5).</param>
    public static Tensor Compute(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        return HasFusedOperator ? Fused(q, k, v, mask, scale) : InBlocks(q, k, v, mask, scale);
    }

    /// <summary>The attention map [B, H, Lq, Lk], rows summing to 1; the caller owns it. Half-precision scores are normalised in float32.</summary>
    /// <inheritdoc cref="Compute"/>
    public static Tensor Probabilities(Tensor q, Tensor k, Tensor? mask, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scores = (q * scale).matmul(k.transpose(-2, -1)); // [B, H, Lq, Lk]
        if (mask is not null)
        {
            scores = scores + mask;
        }

        Tensor map = scores.dtype == ScalarType.Float32 ? scores.softmax(-1) : scores.softmax(-1, ScalarType.Float32).to(q.dtype);
        return map.MoveToOuterDisposeScope();
    }

    private static Tensor Fused(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        // The operator scales by D^-0.5 itself; the rest of the factor goes into the queries.
        double rest = scale * Math.Sqrt(q.shape[^1]);
        Tensor queries = Math.Abs(rest - 1) < 1e-12 ? q : q * rest;
        return nn.functional.scaled_dot_product_attention(queries, k, v, mask?.to(q.dtype)).MoveToOuterDisposeScope();
    }

    private static Tensor InBlocks(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        long queries = q.shape[^2];
        long rowScores = Math.Max(1, q.numel() / Math.Max(1, queries * q.shape[^1]) * k.shape[^2]);
        long block = Math.Max(1, MaximumScores / rowScores);
        if (block >= queries)
        {
            return Block(q, k, v, mask, scale);
        }

        using DisposeScope scope = NewDisposeScope();
        List<Tensor> parts = [];
        for (long start = 0; start < queries; start += block)
        {
            long count = Math.Min(block, queries - start);
            Tensor? rows = mask is null || mask.ndim < 2 || mask.shape[^2] == 1 ? mask : mask.narrow(-2, start, count);
            parts.Add(Block(q.narrow(-2, start, count), k, v, rows, scale)); // [B, H, count, Dv]
        }

        return cat(parts, -2).MoveToOuterDisposeScope();
    }

    private static Tensor Block(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        using Tensor map = Probabilities(q, k, mask, scale);
        return map.matmul(v);
    }
}
