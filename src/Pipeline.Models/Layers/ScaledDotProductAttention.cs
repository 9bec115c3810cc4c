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
    /// <summary>Up to here all scores are made at once: 2²¹ are 8 MiB in float32.</summary>
    private const long ScoresInOnePiece = 1L << 21;

    /// <summary>Scores of a block beyond that, 2 MiB: they stay in the processor's cache between the two products. With blocks of 64 MiB over all heads 2 x 8 heads of
    /// 4096 queries and keys took 2.5 times as long, most of it in memory traffic.</summary>
    private const long ScoresOfABlock = 1L << 19;

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
        Tensor scores = ProductPrecision.MatMul(q * scale, k.transpose(-2, -1)); // [B, H, Lq, Lk]
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
        if (ProductPrecision.Of(q) is not { } type)
        {
            return nn.functional.scaled_dot_product_attention(queries, k, v, mask?.to(q.dtype)).MoveToOuterDisposeScope();
        }

        Tensor? bounded = mask?.clamp_min(AttentionMask.MostNegative(type)).to(type);
        return nn.functional.scaled_dot_product_attention(queries.to(type), k.to(type), v.to(type), bounded).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    // One head after the other, block by block of its queries: no copy of keys or values is made, whatever their strides are.
    private static Tensor InBlocks(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        (long batch, long heads, long queries, long keys) = (q.shape[0], q.shape[1], q.shape[2], k.shape[2]);
        if (batch * heads * queries * keys <= ScoresInOnePiece)
        {
            return Block(q, k, v, mask, scale);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor? wide = mask?.expand(batch, heads, queries, keys);
        List<Tensor> results = [];
        for (long b = 0; b < batch; b++)
        {
            for (long h = 0; h < heads; h++)
            {
                results.Add(Head(q[b, h], k[b, h], v[b, h], wide?[b, h], scale)); // [Lq, Dv]
            }
        }

        return stack(results, 0).view(batch, heads, queries, v.shape[3]).MoveToOuterDisposeScope();
    }

    // [Lq, D], [Lk, D], [Lk, Dv] -> [Lq, Dv]
    private static Tensor Head(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        (long queries, long rows) = (q.shape[0], Math.Max(1, ScoresOfABlock / k.shape[0]));
        if (rows >= queries)
        {
            return Block(q, k, v, mask, scale);
        }

        using DisposeScope scope = NewDisposeScope();
        List<Tensor> parts = [];
        for (long start = 0; start < queries; start += rows)
        {
            long count = Math.Min(rows, queries - start);
            parts.Add(Block(q.narrow(0, start, count), k, v, mask?.narrow(0, start, count), scale)); // [count, Dv]
        }

        return cat(parts, 0).MoveToOuterDisposeScope();
    }

    private static Tensor Block(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        using Tensor map = Probabilities(q, k, mask, scale);
        return ProductPrecision.MatMul(map, v);
    }
}
