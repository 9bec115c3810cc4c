namespace Pipeline.Methods.Prompting;

/// <summary>Attention from words onto the squashed whole picture: <c>Size * Size</c> values, row by row; cell (r, c) covers [c/Size, (c+1)/Size] x [r/Size, (r+1)/Size].</summary>
public sealed class AttentionGrid
{
    /// <exception cref="ArgumentException">The number of values is not a square of at least 1.</exception>
    public AttentionGrid(int size, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentNullException.ThrowIfNull(values);
        if (values.LongLength != (long)size * size)
            throw new ArgumentException($"a grid of {size}x{size} has {(long)size * size} values, not {values.Length}", nameof(values));
        (Size, Values) = (size, values);
    }

    /// <summary>Cells along each side.</summary>
    public int Size { get; }

    /// <summary>Probabilities, averaged over heads and layers.</summary>
    public float[] Values { get; }

    /// <summary>Sum of several rows, as one phrase of several tokens.</summary>
    public static AttentionGrid Sum(int size, IEnumerable<float[]> rows)
    {
        var sum = new double[size * size];
        foreach (var row in rows)
        {
            for (var i = 0; i < sum.Length; i++)
                sum[i] += row[i];
        }
        return new AttentionGrid(size, Array.ConvertAll(sum, v => (float)v));
    }
}
