using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>fc2(act(fc1(x))). The key names and the arithmetic are shared by CLIP and the image tower of BLIP-2.</summary>
internal sealed class ClipMlp : nn.Module
{
    private readonly string _activation;
    private readonly Linear fc1;
    private readonly Linear fc2;

    public ClipMlp(WeightSource w, ClipTowerConfig config)
        : base(nameof(ClipMlp))
    {
        _activation = Activations.Require(config.Activation);
        fc1 = new Linear(w.Sub("fc1"), config.Hidden, config.Intermediate);
        fc2 = new Linear(w.Sub("fc2"), config.Intermediate, config.Hidden);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return fc2.forward(Activations.Apply(_activation, fc1.forward(x))).MoveToOuterDisposeScope();
    }
}
