using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>Cosine similarities between the text encoder's states of two prompts, for <see cref="TokenAlignment.WithRescue"/>.</summary>
public static class TokenSimilarity
{
    /// <summary>Similarity of (source position, target position) for states [L, X] of each prompt. Neither tensor is kept or disposed.</summary>
    public static Func<int, int, double> Cosine(Tensor source, Tensor target)
    {
        if (source.dim() != 2 || target.dim() != 2 || source.shape[1] != target.shape[1])
        {
            throw new DiffusionException(
                $"token states must be [L, X] of equal width, got [{string.Join(", ", source.shape)}] and [{string.Join(", ", target.shape)}]");
        }

        using var scope = NewDisposeScope();
        int columns = checked((int)target.shape[0]);
        using Tensor table = matmul(Normalised(source), Normalised(target).t()).cpu().contiguous(); // [L_src, L_tgt]
        using TensorAccessor<float> accessor = table.data<float>();
        float[] values = accessor.ToArray();
        return (i, j) => values[i * columns + j];
    }

    private static Tensor Normalised(Tensor states)
    {
        Tensor x = states.detach().to_type(ScalarType.Float32);
        return x / x.square().sum(-1, true).sqrt().clamp_min(1e-12);
    }
}
