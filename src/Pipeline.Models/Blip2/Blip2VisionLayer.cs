using Pipeline.Models.Clip;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Pre-norm transformer layer: h += attn(LN1(h)); h += mlp(LN2(h)).</summary>
internal sealed class Blip2VisionLayer : nn.Module
{
    private readonly Blip2VisionAttention self_attn;
    private readonly LayerNorm layer_norm1;
    private readonly ClipMlp mlp;
    private readonly LayerNorm layer_norm2;

    public Blip2VisionLayer(WeightSource w, Blip2VisionConfig config)
        : base(nameof(Blip2VisionLayer))
    {
        var tower = config.Tower;
        self_attn = new Blip2VisionAttention(w.Sub("self_attn"), config);
        layer_norm1 = new LayerNorm(w.Sub("layer_norm1"), tower.Hidden, tower.Epsilon);
        mlp = new ClipMlp(w.Sub("mlp"), tower);
        layer_norm2 = new LayerNorm(w.Sub("layer_norm2"), tower.Hidden, tower.Epsilon);
        RegisterComponents();
    }

    /// <summary>[B, T, hidden] → [B, T, hidden].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = x + self_attn.Forward(layer_norm1.forward(x));
        return (h + mlp.Forward(layer_norm2.forward(h))).MoveToOuterDisposeScope();
    }
}
