using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Rows of a table, chosen by index.</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly long _padding;

    internal Embedding(Parameter weight, long? padding)
        : base(nameof(Embedding))
    {
        _padding = padding ?? -1;
        register_parameter(nameof(weight), weight);
    }

    public Parameter weight
    {
        get => OwnParameter(nameof(weight))!;
        set => Replace(nameof(weight), value);
    }

    /// <summary>[...] of whole numbers to [..., size].</summary>
    public override Tensor forward(Tensor input) => Aten.embedding.Call(weight, input, _padding);
}
