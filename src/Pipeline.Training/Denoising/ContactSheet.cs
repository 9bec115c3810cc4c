using Pipeline.Imaging;

namespace Pipeline.Training.Denoising;

/// <summary>Pictures on one sheet, for eyes.</summary>
internal static class ContactSheet
{
    private const int Columns = 8, Small = 128;

    /// <summary>Pairs in rows of eight: a picture, and to its right the one it is to be compared with. Of small pictures every pixel becomes 2x2.</summary>
    public static RgbImage Pairs(IReadOnlyList<RgbImage> left, IReadOnlyList<RgbImage> right)
    {
        int enlarged = left[0].Width <= Small ? 2 : 1, side = left[0].Width * enlarged, rows = (left.Count + Columns - 1) / Columns;
        RgbImage sheet = new(Columns * 2 * side, rows * side);
        for (int i = 0; i < left.Count; i++)
        {
            (int row, int column) = Math.DivRem(i, Columns);
            Put(sheet, left[i], column * 2 * side, row * side, enlarged);
            Put(sheet, right[i], ((column * 2) + 1) * side, row * side, enlarged);
        }

        return sheet;
    }

    private static void Put(RgbImage sheet, RgbImage picture, int x, int y, int enlarged)
    {
        for (int v = 0; v < picture.Height * enlarged; v++)
        {
            for (int u = 0; u < picture.Width * enlarged; u++)
            {
                picture.Row(v / enlarged).Slice(u / enlarged * 3, 3).CopyTo(sheet.Row(y + v)[((x + u) * 3)..]);
            }
        }
    }
}
