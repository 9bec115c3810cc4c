using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>Positions of a text tower that reads longer texts than it was made for: the first ones stay, between the others values are laid in by linear interpolation, and the last step is continued.</summary>
/// <remarks>B. Zhang et al., "Long-CLIP", 2024 (arXiv:2403.15378), section 3.2; MoodifyCLIP has 248 positions of CLIP's 77.</remarks>
public static class LongPositions
{
    /// <summary>Stretches [L, D] to [keep + (L - keep) factor, D]; the caller's.</summary>
    /// <param name="positions">Positions as trained [L, D].</param>
    /// <param name="keep">How many stay as they are; those are read most and best trained.</param>
    /// <param name="factor">Positions in place of each other one.</param>
    public static Tensor Stretch(Tensor positions, int keep = 20, int factor = 4)
    {
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        long last = positions.shape[0] - 1;
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(keep, last, nameof(keep));
        using var scope = NewDisposeScope();
        Tensor end = positions.narrow(0, last, 1), beyond = end * 2.0 - positions.narrow(0, last - 1, 1);
        Tensor from = positions.narrow(0, keep, last + 1 - keep);                         // [n, D]
        Tensor to = cat([positions.narrow(0, keep + 1, last - keep), beyond]);            // [n, D]
        Tensor[] between = [.. Enumerable.Range(0, factor).Select(r => from * (1 - (double)r / factor) + to * ((double)r / factor))];
        Tensor stretched = stack(between, 1).reshape(-1, positions.shape[1]);             // [n factor, D]
        return cat([positions.narrow(0, 0, keep), stretched]).MoveToOuterDisposeScope();
    }
}
