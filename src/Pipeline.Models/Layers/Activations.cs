using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>Activation functions under the names that configurations use.</summary>
public static class Activations
{
    private static readonly double s_sqrtTwoOverPi = Math.Sqrt(2 / Math.PI);

    /// <summary>Whether <see cref="Apply"/> knows the name; ask when a model is built, not at its first use.</summary>
    public static bool IsKnown(string name) =>
        name is "gelu" or "gelu_new" or "gelu_pytorch_tanh" or "quick_gelu" or "silu" or "swish" or "relu";

    /// <summary>The same name back, so that a constructor can check and store it in one line.</summary>
    /// <exception cref="ModelFormatException">No such activation.</exception>
    public static string Require(string name) => IsKnown(name)
        ? name
        : throw new ModelFormatException($"the configuration asks for the activation '{name}', which is not implemented (gelu, gelu_new, quick_gelu, silu, relu are)");

    /// <summary>Applies an activation element by element; the caller owns the result.</summary>
    /// <param name="name">
    /// <c>gelu</c> is the exact form x·Φ(x) with erf; <c>gelu_new</c> and <c>gelu_pytorch_tanh</c> its tanh approximation; <c>quick_gelu</c> x·σ(1.702x);
    /// <c>silu</c> or <c>swish</c> x·σ(x); <c>relu</c>.
    /// </param>
    /// <param name="x">Any shape.</param>
    /// <exception cref="ModelFormatException">No such activation.</exception>
    public static Tensor Apply(string name, Tensor x) => name switch
    {
        "gelu" => nn.functional.gelu(x),
        "silu" or "swish" => nn.functional.silu(x),
        "relu" => nn.functional.relu(x),
        "quick_gelu" => QuickGelu(x),
        "gelu_new" or "gelu_pytorch_tanh" => TanhGelu(x),
        _ => throw new ModelFormatException($"activation '{name}' is not implemented"),
    };

    /// <summary>
    /// The same for a tensor that nobody else holds and that is used up: SiLU and ReLU work in its own memory, the others dispose it. Differentiable; the caller owns the result.
    /// </summary>
    /// <exception cref="ModelFormatException">No such activation.</exception>
    public static Tensor Consume(string name, Tensor fresh)
    {
        switch (name)
        {
            case "silu" or "swish":
                return fresh.silu_();
            case "relu":
                return fresh.relu_();
            default:
                using (fresh)
                {
                    return Apply(name, fresh);
                }
        }
    }

    private static Tensor QuickGelu(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return (x * (x * 1.702).sigmoid()).MoveToOuterDisposeScope();
    }

    /// <summary>0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (Hendrycks and Gimpel 2016, arXiv 1606.08415).</summary>
    private static Tensor TanhGelu(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inner = (x + (x.pow(3.0) * 0.044715)) * s_sqrtTwoOverPi;
        return (x * 0.5 * (inner.tanh() + 1.0)).MoveToOuterDisposeScope();
    }
}
