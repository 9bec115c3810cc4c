using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Normalises the last dimensions of each element to mean 0 and variance 1, then scales and shifts.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    internal LayerNorm(long[] normalized_shape, double eps, Parameter? weight, Parameter? bias)
        : base(nameof(LayerNorm))
    {
        this.normalized_shape = normalized_shape;
        this.eps = eps;
        elementwise_affine = weight is not null;
        register_parameter(nameof(weight), weight!);
        register_parameter(nameof(bias), bias!);
    }

    public long[] normalized_shape { get; set; }

    public double eps { get; set; }

    public bool elementwise_affine { get; set; }

    public Parameter weight
    {
        get => OwnParameter(nameof(weight))!;
        set => Replace(nameof(weight), value);
    }

    public Parameter bias
    {
        get => OwnParameter(nameof(bias))!;
        set => Replace(nameof(bias), value);
    }

    public override Tensor forward(Tensor tensor) => nn.functional.layer_norm(tensor, normalized_shape, weight, bias, eps);
}
