using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>Gated MLP: down(act(gate(x)) · up(x)), no biases.</summary>
internal sealed class LlamaMlp : nn.Module
{
    private readonly string _activation;
    private readonly Linear gate_proj;
    private readonly Linear up_proj;
    private readonly Linear down_proj;

    public LlamaMlp(WeightSource w, LlamaConfig config)
        : base(nameof(LlamaMlp))
    {
        _activation = Activations.Require(config.Activation);
        gate_proj = new Linear(w.Sub("gate_proj"), config.Hidden, config.Intermediate, bias: false);
        up_proj = new Linear(w.Sub("up_proj"), config.Hidden, config.Intermediate, bias: false);
        down_proj = new Linear(w.Sub("down_proj"), config.Intermediate, config.Hidden, bias: false);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return down_proj.forward(Activations.Apply(_activation, gate_proj.forward(x)) * up_proj.forward(x)).MoveToOuterDisposeScope();
    }
}
