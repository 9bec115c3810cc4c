using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Pre-norm decoder layer: h += attn(LN(h)); h += fc2(act(fc1(LN(h)))).</summary>
internal sealed class OptLayer : nn.Module
{
    // OPT does not store this one; it is the framework's default.
    internal const double Epsilon = 1e-5;

    private readonly string _activation;
    private readonly OptAttention self_attn;
    private readonly LayerNorm self_attn_layer_norm;
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly LayerNorm final_layer_norm;

    public OptLayer(WeightSource w, OptConfig config)
        : base(nameof(OptLayer))
    {
        _activation = Activations.Require(config.Activation);
        self_attn = new OptAttention(w.Sub("self_attn"), config);
        self_attn_layer_norm = new LayerNorm(w.Sub("self_attn_layer_norm"), config.Hidden, Epsilon);
        fc1 = new Linear(w.Sub("fc1"), config.Hidden, config.Intermediate);
        fc2 = new Linear(w.Sub("fc2"), config.Intermediate, config.Hidden);
        final_layer_norm = new LayerNorm(w.Sub("final_layer_norm"), config.Hidden, Epsilon);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden].</summary>
    public Tensor Forward(Tensor x, Tensor? mask, KeyValueCache? cache, int layer)
    {
        using var scope = NewDisposeScope();
        var h = x + self_attn.Forward(self_attn_layer_norm.forward(x), mask, cache, layer);
        return (h + fc2.forward(Activations.Apply(_activation, fc1.forward(final_layer_norm.forward(h))))).MoveToOuterDisposeScope();
    }
}
