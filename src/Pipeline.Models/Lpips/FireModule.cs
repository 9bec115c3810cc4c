using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Lpips;

/// <summary>SqueezeNet's block: a narrow 1x1 convolution, then 1x1 and 3x3 side by side, ReLU after each.</summary>
internal sealed class FireModule : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d squeeze;
    private readonly Conv2d expand1x1;
    private readonly Conv2d expand3x3;

    /// <summary>An eighth of the outputs inside, as every block of SqueezeNet 1.1 has it.</summary>
    public FireModule(WeightSource w, long inChannels, long outChannels)
        : base(nameof(FireModule))
    {
        squeeze = new Conv2d(w.Sub("squeeze"), inChannels, outChannels / 8, 1);
        expand1x1 = new Conv2d(w.Sub("expand1x1"), outChannels / 8, outChannels / 2, 1);
        expand3x3 = new Conv2d(w.Sub("expand3x3"), outChannels / 8, outChannels / 2, 3, 1, 1);
        RegisterComponents();
    }

    /// <summary>[B, in, H, W] → [B, out, H, W]; the caller's.</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor narrow = squeeze.forward(x).relu();
        return cat([expand1x1.forward(narrow).relu(), expand3x3.forward(narrow).relu()], 1).MoveToOuterDisposeScope();
    }
}
