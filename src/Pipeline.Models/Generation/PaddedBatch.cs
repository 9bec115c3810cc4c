using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>Joins sequences of different lengths into one batch, padded on the left, so that all rows end together and decoding can append.</summary>
public static class PaddedBatch
{
    /// <summary>
    /// Sequences [1, L_i, width] → ([B, L, width] zero-padded on the left, mask [B, shared + L] of 0 for padding and 1 elsewhere). The mask starts
    /// with <paramref name="shared"/> positions that all rows have in a cache. Both tensors are the caller's; the mask is null when nothing is padded.
    /// </summary>
    public static (Tensor Batch, Tensor? Mask) Left(IReadOnlyList<Tensor> sequences, long shared = 0)
    {
        using var scope = NewDisposeScope();
        var length = sequences.Max(s => s.shape[1]);
        if (sequences.All(s => s.shape[1] == length))
        {
            return (cat([.. sequences], 0).MoveToOuterDisposeScope(), null);
        }

        var device = sequences[0].device;
        var rows = sequences.Select(s => s.shape[1] == length
            ? s
            : cat([zeros([1, length - s.shape[1], s.shape[2]], s.dtype, device), s], 1));
        var masks = sequences.Select(s => cat(
            [
                ones([1, shared], ScalarType.Int64, device),
                zeros([1, length - s.shape[1]], ScalarType.Int64, device),
                ones([1, s.shape[1]], ScalarType.Int64, device),
            ],
            1));
        return (cat([.. rows], 0).MoveToOuterDisposeScope(), cat([.. masks], 0).MoveToOuterDisposeScope());
    }
}
