using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Query, key and value projections and their mixing; keys and values may come from another sequence of another width.</summary>
internal sealed class QFormerMixing : nn.Module
{
    private readonly long _heads;
    private readonly double _scale;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;

    public QFormerMixing(WeightSource w, QFormerConfig config, long sourceWidth)
        : base(nameof(QFormerMixing))
    {
        _heads = config.Heads;
        _scale = 1.0 / Math.Sqrt((double)config.Hidden / config.Heads);
        query = new Linear(w.Sub("query"), config.Hidden, config.Hidden);
        key = new Linear(w.Sub("key"), sourceWidth, config.Hidden);
        value = new Linear(w.Sub("value"), sourceWidth, config.Hidden);
        RegisterComponents();
    }

    /// <summary>[B, Q, hidden] over [B, S, source width] → [B, Q, hidden]; records <paramref name="name"/>.layer.</summary>
    public Tensor Forward(Tensor x, Tensor source, ProbeScope probe, string name, int layer)
    {
        using var scope = NewDisposeScope();
        var q = x.SplitHeads(query, _heads);                                        // [B, heads, Q, d]
        var k = source.SplitHeads(key, _heads);                                     // [B, heads, S, d]
        if (probe.Wants(name, layer))
        {
            probe.Record(name, layer, ScaledDotProductAttention.Probabilities(q, k, null, _scale));
        }

        return ScaledDotProductAttention.Compute(q, k, source.SplitHeads(value, _heads), null, _scale).MergeHeads().MoveToOuterDisposeScope();
    }
}
