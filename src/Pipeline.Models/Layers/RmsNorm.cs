using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>
/// x / √(mean(x²) + eps) · weight over the last axis (Zhang and Sennrich 2019, arXiv 1910.07467). No mean is subtracted, there is no bias; the
/// statistics are taken in float32 whatever the input is. T5's layer norm is the same.
/// </summary>
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly double _eps;

    public readonly Parameter weight;

    /// <summary>Takes <c>weight</c> [size].</summary>
    public RmsNorm(WeightSource w, long size, double eps)
        : base(nameof(RmsNorm))
    {
        _eps = eps;
        weight = w.Parameter("weight", [size], Init.Ones);
        RegisterComponents();
    }

    /// <summary>[..., size] to the same shape, in the input's type; the caller owns the result.</summary>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = x.to(ScalarType.Float32);
        Tensor scale = (h.square().mean([-1L], true) + _eps).rsqrt(); // [..., 1]
        return ((h * scale).to(x.dtype) * weight).MoveToOuterDisposeScope();
    }
}
