using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>
/// Scheduler steps are affine in the sample and the model's output; this is that one operation. Coefficients are single precision, and each product is rounded before the sum: published
/// trajectories were computed so, and over many steps the difference to a fused or double-precision form would show.
/// </summary>
internal static class Affine
{
    /// <summary>a·x + b·y in a new tensor. Differentiable.</summary>
    public static Tensor Combine(Tensor x, float a, Tensor y, float b)
    {
        using Tensor second = y * b;
        return (x * a).add_(second);
    }

    /// <summary>fresh + b·y, in place of <paramref name="fresh"/>, which nobody else may hold.</summary>
    public static Tensor AddTo(Tensor fresh, Tensor y, float b)
    {
        using Tensor second = y * b;
        return fresh.add_(second);
    }
}
