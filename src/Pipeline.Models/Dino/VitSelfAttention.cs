using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>Projections and mixing of one attention layer, without the output projection.</summary>
internal sealed class VitSelfAttention : nn.Module
{
    private readonly long _heads;
    private readonly double _scale;
    private readonly Linear query;
    public readonly Linear key;
    private readonly Linear value;

    public VitSelfAttention(WeightSource w, VitConfig config)
        : base(nameof(VitSelfAttention))
    {
        _heads = config.Heads;
        _scale = 1.0 / Math.Sqrt((double)config.Hidden / config.Heads);
        query = new Linear(w.Sub("query"), config.Hidden, config.Hidden, config.ProjectionBias);
        key = new Linear(w.Sub("key"), config.Hidden, config.Hidden, config.ProjectionBias);
        value = new Linear(w.Sub("value"), config.Hidden, config.Hidden, config.ProjectionBias);
        RegisterComponents();
    }

    /// <summary>[B, T, hidden] → [B, T, hidden]; records <c>keys.layer</c> (heads side by side, bias included) and <c>attention.layer</c>.</summary>
    public Tensor Forward(Tensor x, ProbeScope probe, int layer)
    {
        using var scope = NewDisposeScope();
        var keys = key.forward(x);                                                  // [B, T, hidden]
        probe.Record("keys", layer, keys);
        var q = x.SplitHeads(query, _heads);                                        // [B, heads, T, d]
        var k = keys.SplitHeads(_heads);
        if (probe.Wants("attention", layer))
        {
            probe.Record("attention", layer, ScaledDotProductAttention.Probabilities(q, k, null, _scale));
        }

        var mixed = ScaledDotProductAttention.Compute(q, k, x.SplitHeads(value, _heads), null, _scale);
        return mixed.MergeHeads().MoveToOuterDisposeScope();
    }
}
