using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>What the directions of largest spread say of a batch: a summary is compared with the coarse part of pictures only.</summary>
/// <remarks>B. Zhang et al., "Long-CLIP", 2024 (arXiv:2403.15378), section 3.3. The directions are taken as constants: their derivative is unbounded where two singular values meet.</remarks>
public static class PrincipalComponents
{
    /// <summary>Components that MoodifyCLIP keeps.</summary>
    public const int Kept = 32;

    /// <summary>mean + (x - mean) V Vᵀ with the first <paramref name="count"/> right singular vectors V of the centred batch, in the shape of <paramref name="features"/>; the caller's.</summary>
    /// <param name="features">[N, D]. A batch of no more than <paramref name="count"/> rows comes back as it is.</param>
    /// <param name="count">Components to keep.</param>
    public static Tensor Project(Tensor features, int count = Kept)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var scope = NewDisposeScope();
        if (features.shape[0] <= count)
        {
            return features.alias().MoveToOuterDisposeScope();
        }

        Tensor mean = features.mean([0], true), centred = features - mean;                           // [1, D], [N, D]
        Tensor basis = Basis(centred, Math.Min(count, (int)features.shape[1]));
        return (mean + centred.matmul(basis.transpose(0, 1)).matmul(basis)).MoveToOuterDisposeScope();
    }

    private static Tensor Basis(Tensor centred, int count)
    {
        using var scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        (_, _, Tensor rows) = linalg.svd(centred.detach(), fullMatrices: false);                     // Vᵀ [min(N, D), D]
        return rows.narrow(0, 0, count).MoveToOuterDisposeScope();
    }
}
