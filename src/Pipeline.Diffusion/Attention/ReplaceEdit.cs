using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>Word swap: M_tgt[:, t] = sum_s M_src[:, s] R[s, t] (A. Hertz et al., arXiv:2208.01626, word swap).</summary>
/// <param name="matrix">R [L, L] of <see cref="TokenReplacement.Between"/>, row-major.</param>
public sealed class ReplaceEdit(float[] matrix) : ICrossMapEdit
{
    private readonly Tensor host = Square(matrix);

    /// <inheritdoc />
    public Tensor Apply(Tensor source, Tensor target) => source.matmul(host.to(source.dtype, source.device));

    /// <inheritdoc />
    public void Dispose() => host.Dispose();

    private static Tensor Square(float[] values)
    {
        long side = (long)Math.Sqrt(values.Length);
        return tensor(values, [side, side]).DetachFromDisposeScope();
    }
}
