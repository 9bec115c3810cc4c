using static TorchSharp.torch;

namespace Pipeline.Models.Tokenizers;

/// <summary>Rows of ids of equal length, with a mask of 1 on text and 0 on padding.</summary>
public sealed class TokenBatch
{
    private TokenBatch(long[] ids, long[] mask, int rows, int length)
    {
        Ids = ids;
        Mask = mask;
        Rows = rows;
        Length = length;
    }

    /// <summary>Row-major ids.</summary>
    public long[] Ids { get; }

    /// <summary>Row-major mask.</summary>
    public long[] Mask { get; }

    /// <summary>Number of texts.</summary>
    public int Rows { get; }

    /// <summary>Ids in each row.</summary>
    public int Length { get; }

    /// <summary>Pads to the longest row, or to a given length.</summary>
    /// <param name="rows">Ids of each text.</param>
    /// <param name="padId">What to fill with.</param>
    /// <param name="side">Where to fill.</param>
    /// <param name="length">Length of every row; the longest row's when null. Longer rows are an error: truncation is the tokenizer's decision.</param>
    /// <exception cref="ArgumentException">A row is longer than <paramref name="length"/>.</exception>
    public static TokenBatch Pad(IReadOnlyList<IReadOnlyList<int>> rows, int padId, PaddingSide side, int? length = null)
    {
        int longest = rows.Count == 0 ? 0 : rows.Max(r => r.Count);
        int width = length ?? longest;
        if (longest > width)
        {
            throw new ArgumentException($"a row of {longest} tokens does not fit {width}", nameof(rows));
        }

        long[] ids = new long[rows.Count * width];
        long[] mask = new long[ids.Length];
        Array.Fill(ids, padId);
        for (int row = 0; row < rows.Count; row++)
        {
            int start = (row * width) + (side == PaddingSide.Left ? width - rows[row].Count : 0);
            for (int i = 0; i < rows[row].Count; i++)
            {
                ids[start + i] = rows[row][i];
                mask[start + i] = 1;
            }
        }

        return new TokenBatch(ids, mask, rows.Count, width);
    }

    /// <summary>Ids as int64 [rows, length]; the caller owns the tensor.</summary>
    public Tensor IdsTensor(Device? device = null) => ToTensor(Ids, device);

    /// <summary>Mask as int64 [rows, length]; the caller owns the tensor.</summary>
    public Tensor MaskTensor(Device? device = null) => ToTensor(Mask, device);

    private Tensor ToTensor(long[] values, Device? device) => tensor(values, [Rows, Length], ScalarType.Int64, device);
}
