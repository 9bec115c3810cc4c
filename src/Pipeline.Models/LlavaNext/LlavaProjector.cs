using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>Two matrices with an activation between: from the image tower's width to the decoder's.</summary>
internal sealed class LlavaProjector : nn.Module
{
    private readonly string _activation;
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    public LlavaProjector(WeightSource w, LlavaNextConfig config)
        : base(nameof(LlavaProjector))
    {
        _activation = Activations.Require(config.ProjectorActivation);
        linear_1 = new Linear(w.Sub("linear_1"), config.Vision.Tower.Hidden, config.Text.Hidden);
        linear_2 = new Linear(w.Sub("linear_2"), config.Text.Hidden, config.Text.Hidden);
        RegisterComponents();
    }

    /// <summary>[tiles, patches, vision width] → [tiles, patches, text width].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return linear_2.forward(Activations.Apply(_activation, linear_1.forward(x))).MoveToOuterDisposeScope();
    }
}
