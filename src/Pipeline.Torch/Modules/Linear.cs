using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>x Wᵀ + b.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(Parameter weight, Parameter? bias)
        : base(nameof(Linear))
    {
        (out_features, in_features) = (weight.shape[0], weight.shape[1]);
        register_parameter(nameof(weight), weight);
        if (bias is not null)
        {
            register_parameter(nameof(bias), bias);
        }
    }

    public long in_features { get; set; }

    public long out_features { get; set; }

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

    public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
}
