using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Normalises groups of channels of each element to mean 0 and variance 1, then scales and shifts each channel.</summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    internal GroupNorm(long num_groups, double eps, Parameter? weight, Parameter? bias)
        : base(nameof(GroupNorm))
    {
        this.num_groups = num_groups;
        this.eps = eps;
        affine = weight is not null;
        register_parameter(nameof(weight), weight!);
        register_parameter(nameof(bias), bias!);
    }

    public long num_groups { get; set; }

    public double eps { get; set; }

    public bool affine { get; set; }

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

    public override Tensor forward(Tensor tensor) => nn.functional.group_norm(tensor, num_groups, weight, bias, eps);
}
