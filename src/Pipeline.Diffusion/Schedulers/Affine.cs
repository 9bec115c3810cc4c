using static TorchSharp.torch;

namespace Pipeline.Diffusion.Schedulers;

/// <summary>Scheduler steps are affine in the sample and the model's output; this is that one operation.</summary>
internal static class Affine
{
    /// <summary>a·x + b·y in a new tensor, with one temporary less than the formula written out. Differentiable.</summary>
    public static Tensor Combine(Tensor x, double a, Tensor y, double b) => (x * a).add_(y, b);
}
