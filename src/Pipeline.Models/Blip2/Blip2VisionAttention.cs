using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Self-attention with one fused projection; its output axis is (query | key | value, heads, d) in this order.</summary>
internal sealed class Blip2VisionAttention : nn.Module
{
    private readonly long _heads;
    private readonly double _scale;
    private readonly Linear qkv;
    private readonly Linear projection;

    public Blip2VisionAttention(WeightSource w, Blip2VisionConfig config)
        : base(nameof(Blip2VisionAttention))
    {
        var hidden = config.Tower.Hidden;
        _heads = config.Tower.Heads;
        _scale = 1.0 / Math.Sqrt((double)hidden / _heads);
        qkv = new Linear(w.Sub("qkv"), hidden, 3L * hidden, config.ProjectionBias);
        projection = new Linear(w.Sub("projection"), hidden, hidden);
        RegisterComponents();
    }

    /// <summary>[B, T, hidden] → [B, T, hidden].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var thirds = qkv.forward(x).chunk(3, -1);                                   // 3 × [B, T, hidden]
        var mixed = ScaledDotProductAttention.Compute(
            thirds[0].SplitHeads(_heads), thirds[1].SplitHeads(_heads), thirds[2].SplitHeads(_heads), null, _scale);
        return projection.forward(mixed.MergeHeads()).MoveToOuterDisposeScope();
    }
}
