using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

/// <summary>Comparisons of tensors for assertions.</summary>
internal static class TensorComparison
{
    /// <summary>Whether all values are equal, bit for bit up to the sign of zero; NaN is never equal.</summary>
    public static bool Same(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return a.shape.SequenceEqual(b.shape) && a.eq(b).all().ToBoolean();
    }
}
