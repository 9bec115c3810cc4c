using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>T5's attention: no biases, no scaling of the scores, an additive position bias made by the first block of a stack.</summary>
internal sealed class T5Attention : nn.Module
{
    private readonly long _heads;
    private readonly Linear q;
    private readonly Linear k;
    private readonly Linear v;
    private readonly Linear o;
    private readonly Embedding? relative_attention_bias;

    public T5Attention(WeightSource w, T5Config config, bool hasPositions)
        : base(nameof(T5Attention))
    {
        _heads = config.Heads;
        long inner = (long)config.Heads * config.HeadWidth;
        q = new Linear(w.Sub("q"), config.Width, inner, bias: false);
        k = new Linear(w.Sub("k"), config.Width, inner, bias: false);
        v = new Linear(w.Sub("v"), config.Width, inner, bias: false);
        o = new Linear(w.Sub("o"), inner, config.Width, bias: false);
        relative_attention_bias = hasPositions ? new Embedding(w.Sub("relative_attention_bias"), config.Buckets, config.Heads) : null;
        RegisterComponents();
    }

    /// <summary>Keys and values [B, heads, S, d] of a source [B, S, width]; the caller's.</summary>
    public (Tensor Keys, Tensor Values) Project(Tensor source) => (source.SplitHeads(k, _heads), source.SplitHeads(v, _heads));

    /// <summary>[B, L, width] over keys and values [B, heads, S, d] → [B, L, width]; <paramref name="bias"/> broadcasts to [B, heads, L, S].</summary>
    public Tensor Forward(Tensor x, Tensor keys, Tensor values, Tensor? bias, ProbeScope probe, string name, int layer)
    {
        using var scope = NewDisposeScope();
        var queries = x.SplitHeads(q, _heads);
        if (probe.Wants(name, layer))
        {
            probe.Record(name, layer, ScaledDotProductAttention.Probabilities(queries, keys, bias, 1.0));
        }

        return o.forward(ScaledDotProductAttention.Compute(queries, keys, values, bias, 1.0).MergeHeads()).MoveToOuterDisposeScope();
    }

    /// <summary>Buckets [L, S] → bias [1, heads, L, S].</summary>
    /// <exception cref="InvalidOperationException">Only the first block of a stack has the table.</exception>
    public Tensor PositionBias(Tensor buckets)
    {
        using var scope = NewDisposeScope();
        var table = relative_attention_bias ?? throw new InvalidOperationException("Only the first block of a T5 stack holds the position table.");
        return table.forward(buckets).permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }
}
