using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>
/// Causal attention with rotary positions and grouped queries (Ainslie et al. 2023, arXiv 2305.13245): key/value head k serves query heads
/// k·r … k·r + r − 1.
/// </summary>
internal sealed class LlamaAttention : nn.Module
{
    private readonly LlamaConfig _config;
    private readonly double _scale;
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear o_proj;

    public LlamaAttention(WeightSource w, LlamaConfig config)
        : base(nameof(LlamaAttention))
    {
        _config = config;
        _scale = 1.0 / Math.Sqrt(config.HeadWidth);
        long queries = (long)config.Heads * config.HeadWidth;
        long keys = (long)config.KeyValueHeads * config.HeadWidth;
        q_proj = new Linear(w.Sub("q_proj"), config.Hidden, queries, bias: false);
        k_proj = new Linear(w.Sub("k_proj"), config.Hidden, keys, bias: false);
        v_proj = new Linear(w.Sub("v_proj"), config.Hidden, keys, bias: false);
        o_proj = new Linear(w.Sub("o_proj"), queries, config.Hidden, bias: false);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden].</summary>
    public Tensor Forward(Tensor x, DecoderPass pass, int layer)
    {
        using var scope = NewDisposeScope();
        var q = pass.Rotary.Apply(x.SplitHeads(q_proj, _config.Heads));             // [B, H, L, d]
        var k = pass.Rotary.Apply(x.SplitHeads(k_proj, _config.KeyValueHeads));     // [B, Hkv, L, d]
        var v = x.SplitHeads(v_proj, _config.KeyValueHeads);
        if (pass.Cache is { } cache)
        {
            (k, v) = cache.Append(layer, k, v);                                     // [B, Hkv, past + L, d]
        }

        if (pass.Rows is { } sink && sink.Wants(layer))
        {
            Report(sink, layer, q, k, pass.Mask);
        }

        return o_proj.forward(Mix(q, k, v, pass.Mask).MergeHeads()).MoveToOuterDisposeScope();
    }

    private Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        if (_config.Heads == _config.KeyValueHeads)
        {
            return ScaledDotProductAttention.Compute(q, k, v, mask, _scale);
        }

        if (q.shape[2] == 1)
        {
            // One query: the heads of a group become the queries of their key head, and the cache is read without a copy.
            var grouped = q.reshape(q.shape[0], _config.KeyValueHeads, -1, _config.HeadWidth);      // [B, Hkv, r, d]
            return ScaledDotProductAttention.Compute(grouped, k, v, mask, _scale).reshape(q.shape);
        }

        return ScaledDotProductAttention.Compute(q, Repeated(k), Repeated(v), mask, _scale);
    }

    /// <summary>[B, Hkv, Lk, d] → [B, H, Lk, d], each head repeated r times in place.</summary>
    private Tensor Repeated(Tensor x)
    {
        var copies = _config.Heads / _config.KeyValueHeads;
        return copies == 1 ? x : x.unsqueeze(2).expand(-1, -1, copies, -1, -1).reshape(x.shape[0], _config.Heads, x.shape[2], x.shape[3]);
    }

    private void Report(AttentionRowSink sink, int layer, Tensor q, Tensor k, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        long[] queries = sink.Queries is { } chosen ? [.. chosen] : [q.shape[2] - 1];
        var index = tensor(queries, ScalarType.Int64, q.device);
        var rowMask = mask?.index_select(2, index);                                                 // [1 or B, 1, rows, Lk]
        var rows = ScaledDotProductAttention.Probabilities(q.index_select(2, index), Repeated(k), rowMask, _scale);
        var count = sink.KeyCount ?? rows.shape[3] - sink.KeyStart;
        sink.Add(layer, rows.narrow(3, sink.KeyStart, count));                                      // [B, H, rows, keys]
    }
}
