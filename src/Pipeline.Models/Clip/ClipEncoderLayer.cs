using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>Pre-norm transformer layer: h += attn(LN1(h)); h += mlp(LN2(h)).</summary>
internal sealed class ClipEncoderLayer : nn.Module
{
    private readonly ClipAttention self_attn;
    private readonly LayerNorm layer_norm1;
    private readonly ClipMlp mlp;
    private readonly LayerNorm layer_norm2;

    public ClipEncoderLayer(WeightSource w, ClipTowerConfig config)
        : base(nameof(ClipEncoderLayer))
    {
        self_attn = new ClipAttention(w.Sub("self_attn"), config);
        layer_norm1 = new LayerNorm(w.Sub("layer_norm1"), config.Hidden, config.Epsilon);
        mlp = new ClipMlp(w.Sub("mlp"), config);
        layer_norm2 = new LayerNorm(w.Sub("layer_norm2"), config.Hidden, config.Epsilon);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden]; <paramref name="mask"/> additive [1 or B, 1, L, L].</summary>
    public Tensor Forward(Tensor x, Tensor? mask, ProbeScope probe, int layer)
    {
        using var scope = NewDisposeScope();
        var h = x + self_attn.Forward(layer_norm1.forward(x), mask, probe, layer);
        return (h + mlp.Forward(layer_norm2.forward(h))).MoveToOuterDisposeScope();
    }
}
