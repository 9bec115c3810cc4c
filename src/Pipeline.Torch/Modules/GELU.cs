using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Gaussian error linear unit.</summary>
public sealed class GELU : ParameterLessModule<Tensor, Tensor>
{
    internal GELU(Approximate approximate, bool inplace)
        : base(nameof(GELU))
    {
        this.approximate = approximate;
        this.inplace = inplace;
    }

    /// <summary>Exact, or by the tanh formula.</summary>
    public enum Approximate
    {
        none = 0,
        tanh = 1,
    }

    public Approximate approximate { get; set; }

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => inplace ? tensor.gelu_(approximate).alias() : tensor.gelu(approximate);
}
