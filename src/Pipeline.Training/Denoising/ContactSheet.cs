using Pipeline.Imaging;

namespace Pipeline.Training.Denoising;

/// <summary>Pictures on one sheet, for eyes.</summary>
internal static class ContactSheet
{
    private const int Columns = 8, Enlarged = 2;

    /// <summary>Pairs in rows of eight: a picture, and to its right the one it is to be compared with. Every pixel becomes 2x2.</summary>
    public static RgbImage Pairs(IReadOnlyList<RgbImage> left, IReadOnlyList<RgbImage> right)
    {
        int side = left[0].Width * Enlarged, rows = (left.Count + Columns - 1) / Columns;
        RgbImage sheet = new(Columns * 2 * side, rows * side);
        for (int i = 0; i < left.Count; i++)
        {
            (int row, int column) = Math.DivRem(i, Columns);
            Put(sheet, left[i], column * 2 * side, row * side);
            Put(sheet, right[i], ((column * 2) + 1) * side, row * side);
        }

        return sheet;
    }

    private static void Put(RgbImage sheet, RgbImage picture, int x, int y)
    {
        for (int v = 0; v < picture.Height * Enlarged; v++)
        {
            for (int u = 0; u < picture.Width * Enlarged; u++)
            {
                picture.Row(v / Enlarged).Slice(u / Enlarged * 3, 3).CopyTo(sheet.Row(y + v)[((x + u) * 3)..]);
            }
        }
    }
}
