using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>Vision transformer and head: the student, and in the same form the teacher.</summary>
internal sealed class DinoNetwork : nn.Module
{
    private readonly DinoHead head;

    public readonly ViTModel vit;

    public DinoNetwork(WeightSource w, VitConfig config, DinoOptions options)
        : base(nameof(DinoNetwork))
    {
        vit = new ViTModel(w.Sub("vit"), config);
        head = new DinoHead(w.Sub("head"), config.Hidden, options.HeadWidth, options.Bottleneck, options.Outputs);
        RegisterComponents();
    }

    /// <summary>Views [B, 3, H, W] → [B, outputs]; the caller's.</summary>
    public Tensor Forward(Tensor views)
    {
        using var scope = NewDisposeScope();
        return head.Forward(vit.ClassToken(views)).MoveToOuterDisposeScope();
    }
}
