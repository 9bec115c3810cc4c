using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using Pipeline.Training.Judging;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>Vision transformer with two heads: labels of the picture from the class token, what every patch shows from its own token.</summary>
internal sealed class LabelledNetwork : nn.Module
{
    private readonly Linear picture;
    private readonly Linear patch;

    public readonly ViTModel vit;

    public LabelledNetwork(WeightSource w, VitConfig config)
        : base(nameof(LabelledNetwork))
    {
        vit = new ViTModel(w.Sub("vit"), config);
        picture = new Linear(w.Sub("picture"), config.Hidden, WorldLabels.All.Count);
        patch = new Linear(w.Sub("patch"), config.Hidden, PatchLabels.Count);
        RegisterComponents();
    }

    /// <summary>Pixels [B, 3, H, W] → logits [B, labels] and [B, N, patch labels]; the caller's.</summary>
    public (Tensor Picture, Tensor Patches) Forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = vit.Forward(pixels);                                                            // [B, 1+N, hidden]
        Tensor patches = patch.forward(hidden.narrow(1, 1, hidden.shape[1] - 1));
        return (picture.forward(hidden.narrow(1, 0, 1).squeeze(1)).MoveToOuterDisposeScope(), patches.MoveToOuterDisposeScope());
    }
}
