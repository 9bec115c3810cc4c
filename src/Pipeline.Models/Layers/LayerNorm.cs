using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>Layer normalisation over the last axis: biased variance, eps inside the root (Ba et al. 2016, arXiv 1607.06450).</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly long[] _shape;
    private readonly double _eps;

    public readonly Parameter weight;
    public readonly Parameter bias;

    /// <summary>Takes <c>weight</c> and <c>bias</c> [size].</summary>
    public LayerNorm(WeightSource w, long size, double eps)
        : base(nameof(LayerNorm))
    {
        (_shape, _eps) = ([size], eps);
        weight = w.Parameter("weight", [size], Init.Ones);
        bias = w.Parameter("bias", [size], Init.Zeros);
        RegisterComponents();
    }

    /// <summary>[..., size] to the same shape; the caller owns the result.</summary>
    public override Tensor forward(Tensor x) => nn.functional.layer_norm(x, _shape, weight, bias, _eps);
}
