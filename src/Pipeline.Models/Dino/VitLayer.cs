using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>Pre-norm transformer layer: h += attn(LN(h)); h += dense(act(dense(LN(h)))).</summary>
internal sealed class VitLayer : nn.Module
{
    private readonly string _activation;
    private readonly VitAttention attention;
    private readonly DenseModule intermediate;
    private readonly DenseModule output;
    private readonly LayerNorm layernorm_before;
    private readonly LayerNorm layernorm_after;

    public VitLayer(WeightSource w, VitConfig config)
        : base(nameof(VitLayer))
    {
        _activation = Activations.Require(config.Activation);
        attention = new VitAttention(w.Sub("attention"), config);
        intermediate = new DenseModule(w.Sub("intermediate"), config.Hidden, config.Intermediate);
        output = new DenseModule(w.Sub("output"), config.Intermediate, config.Hidden);
        layernorm_before = new LayerNorm(w.Sub("layernorm_before"), config.Hidden, config.Epsilon);
        layernorm_after = new LayerNorm(w.Sub("layernorm_after"), config.Hidden, config.Epsilon);
        RegisterComponents();
    }

    /// <summary>[B, T, hidden] → [B, T, hidden].</summary>
    public Tensor Forward(Tensor x, ProbeScope probe, int layer)
    {
        using var scope = NewDisposeScope();
        var h = x + attention.Forward(layernorm_before.forward(x), probe, layer);
        var inner = Activations.Apply(_activation, intermediate.dense.forward(layernorm_after.forward(h)));     // [B, T, intermediate]
        return (h + output.dense.forward(inner)).MoveToOuterDisposeScope();
    }

    /// <summary>What this layer's attention would use as keys for the stream [B, T, hidden]: [B, T, hidden], heads side by side; the caller's.</summary>
    public Tensor Keys(Tensor x)
    {
        using var normalised = layernorm_before.forward(x);
        return attention.attention.key.forward(normalised);
    }
}
