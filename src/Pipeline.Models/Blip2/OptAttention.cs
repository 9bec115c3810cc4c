using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Causal self-attention with biased projections over a key/value cache.</summary>
internal sealed class OptAttention : nn.Module
{
    private readonly long _heads;
    private readonly double _scale;
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear out_proj;

    public OptAttention(WeightSource w, OptConfig config)
        : base(nameof(OptAttention))
    {
        _heads = config.Heads;
        _scale = 1.0 / Math.Sqrt((double)config.Hidden / config.Heads);
        q_proj = new Linear(w.Sub("q_proj"), config.Hidden, config.Hidden);
        k_proj = new Linear(w.Sub("k_proj"), config.Hidden, config.Hidden);
        v_proj = new Linear(w.Sub("v_proj"), config.Hidden, config.Hidden);
        out_proj = new Linear(w.Sub("out_proj"), config.Hidden, config.Hidden);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden]; <paramref name="mask"/> additive [1 or B, 1, L, past + L].</summary>
    public Tensor Forward(Tensor x, Tensor? mask, KeyValueCache? cache, int layer)
    {
        using var scope = NewDisposeScope();
        var q = x.SplitHeads(q_proj, _heads);                                       // [B, heads, L, d]
        var k = x.SplitHeads(k_proj, _heads);
        var v = x.SplitHeads(v_proj, _heads);
        if (cache is not null)
        {
            (k, v) = cache.Append(layer, k, v);                                     // [B, heads, past + L, d]
        }

        return out_proj.forward(ScaledDotProductAttention.Compute(q, k, v, mask, _scale).MergeHeads()).MoveToOuterDisposeScope();
    }
}
