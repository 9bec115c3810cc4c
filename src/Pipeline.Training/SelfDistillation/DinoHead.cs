using Pipeline.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = Pipeline.Models.Layers.Linear;

namespace Pipeline.Training.SelfDistillation;

/// <summary>
/// The projection head of DINO (Caron et al. 2021, appendix C): three linear layers with GELU, a unit vector, and a last layer of unit rows without bias. Trained with the network, and not
/// part of what is exported.
/// </summary>
internal sealed class DinoHead : nn.Module
{
    private readonly Linear first;
    private readonly Linear second;
    private readonly Linear third;
    private readonly Parameter last;

    public DinoHead(WeightSource w, long width, long hidden, long bottleneck, long outputs)
        : base(nameof(DinoHead))
    {
        first = new Linear(w.Sub("first"), width, hidden);
        second = new Linear(w.Sub("second"), hidden, hidden);
        third = new Linear(w.Sub("third"), hidden, bottleneck);
        last = w.Parameter("last", [outputs, bottleneck], Init.Normal(1));
        RegisterComponents();
    }

    /// <summary>[B, width] → [B, outputs], each in −1..1; the caller's.</summary>
    public Tensor Forward(Tensor token)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = nn.functional.gelu(second.forward(nn.functional.gelu(first.forward(token))));              // [B, hidden]
        Tensor unit = nn.functional.normalize(third.forward(hidden), 2, 1, 1e-12);                                   // [B, bottleneck]
        return unit.matmul(nn.functional.normalize(last, 2, 1, 1e-12).transpose(0, 1)).MoveToOuterDisposeScope();
    }
}
