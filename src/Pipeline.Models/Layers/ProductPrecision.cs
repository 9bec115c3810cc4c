using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>
/// The type in which single-precision networks compute their products (linear layers, convolutions, attention) while they are trained in mixed precision: Micikevicius et al. 2018, arXiv 1710.03740.
/// Operands are rounded, results are single precision again; parameters, norms, softmax, sums and losses stay as they are, and gradients reach the parameters in single precision. The choice belongs to
/// a thread and is recorded by what that thread computes, so a backward pass needs no choice of its own. Networks whose weights are of another type are left alone.
/// </summary>
public static class ProductPrecision
{
    [ThreadStatic]
    private static ScalarType? s_type;

    /// <summary>Chooses a type for the present thread until the result is disposed; null is single precision.</summary>
    public static IDisposable Use(ScalarType? type)
    {
        Choice choice = new(s_type);
        s_type = type;
        return choice;
    }

    /// <summary>x·Wᵀ + b; the caller's.</summary>
    internal static Tensor Linear(Tensor x, Tensor weight, Tensor? bias)
    {
        if (Of(x) is not { } type)
        {
            return nn.functional.linear(x, weight, bias);
        }

        using DisposeScope scope = NewDisposeScope();
        return nn.functional.linear(x.to(type), weight.to(type), bias?.to(type)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution; the caller's.</summary>
    internal static Tensor Conv2d(Tensor x, Tensor weight, Tensor? bias, long[] stride, long[] padding)
    {
        if (Of(x) is not { } type)
        {
            return nn.functional.conv2d(x, weight, bias, stride, padding);
        }

        using DisposeScope scope = NewDisposeScope();
        return nn.functional.conv2d(x.to(type), weight.to(type), bias?.to(type), stride, padding).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>a·b over the last two axes; the caller's.</summary>
    internal static Tensor MatMul(Tensor a, Tensor b)
    {
        if (Of(a) is not { } type)
        {
            return a.matmul(b);
        }

        using DisposeScope scope = NewDisposeScope();
        return a.to(type).matmul(b.to(type)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The type for an operand's products; null where they are computed as they are.</summary>
    internal static ScalarType? Of(Tensor x) => s_type is { } type && x.dtype == ScalarType.Float32 ? type : null;

    private sealed class Choice(ScalarType? before) : IDisposable
    {
        public void Dispose() => s_type = before;
    }
}
