using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>Multi-head self-attention with biased projections; heads are contiguous blocks of the hidden axis.</summary>
internal sealed class ClipAttention : nn.Module
{
    private readonly long _heads;
    private readonly double _scale;
    private readonly Linear q_proj;
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear out_proj;

    public ClipAttention(WeightSource w, ClipTowerConfig config)
        : base(nameof(ClipAttention))
    {
        _heads = config.Heads;
        _scale = 1.0 / Math.Sqrt((double)config.Hidden / config.Heads);
        q_proj = new Linear(w.Sub("q_proj"), config.Hidden, config.Hidden);
        k_proj = new Linear(w.Sub("k_proj"), config.Hidden, config.Hidden);
        v_proj = new Linear(w.Sub("v_proj"), config.Hidden, config.Hidden);
        out_proj = new Linear(w.Sub("out_proj"), config.Hidden, config.Hidden);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden]; <paramref name="mask"/> additive [1 or B, 1, L, L].</summary>
    public Tensor Forward(Tensor x, Tensor? mask, ProbeScope probe, int layer)
    {
        using var scope = NewDisposeScope();
        var q = x.SplitHeads(q_proj, _heads);                                       // [B, heads, L, d]
        var k = x.SplitHeads(k_proj, _heads);
        var v = x.SplitHeads(v_proj, _heads);
        if (probe.Wants("attention", layer))
        {
            probe.Record("attention", layer, ScaledDotProductAttention.Probabilities(q, k, mask, _scale));
        }

        var mixed = ScaledDotProductAttention.Compute(q, k, v, mask, _scale);       // [B, heads, L, d]
        return out_proj.forward(mixed.MergeHeads()).MoveToOuterDisposeScope();      // [B, L, hidden]
    }
}
