using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>y = x·Wᵀ + b over the last axis.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    public readonly Parameter weight;
    public readonly Parameter? bias;

    /// <summary>Takes <c>weight</c> [out, in] and, unless switched off, <c>bias</c> [out].</summary>
    public Linear(WeightSource w, long inFeatures, long outFeatures, bool bias = true)
        : base(nameof(Linear))
    {
        weight = w.Parameter("weight", [outFeatures, inFeatures], Init.KaimingUniform);
        this.bias = bias ? w.Parameter("bias", [outFeatures], new Init(InitKind.KaimingUniform, inFeatures)) : null;
        RegisterComponents();
    }

    /// <summary>[..., in] to [..., out]; the caller owns the result.</summary>
    public override Tensor forward(Tensor x) => ProductPrecision.Linear(x, weight, bias);
}
