namespace Pipeline.Imaging.Codecs;

/// <summary>
/// The eight EXIF orientations (EXIF 2.3, tag 0x0112): value n says where the stored row 0 and column 0 lie in the upright picture.
/// 1 top-left, 2 top-right, 3 bottom-right, 4 bottom-left, 5 left-top, 6 right-top, 7 right-bottom, 8 left-bottom.
/// </summary>
internal static class Orientation
{
    /// <summary>The upright picture of one stored with <paramref name="orientation"/>; values outside 1..8 count as 1, like in every viewer.</summary>
    public static RgbImage Apply(RgbImage stored, int orientation)
    {
        if (orientation is < 2 or > 8)
        {
            return stored;
        }

        bool transposed = orientation >= 5;
        var upright = new RgbImage(transposed ? stored.Height : stored.Width, transposed ? stored.Width : stored.Height);
        bool fromRight = orientation is 2 or 3 or 7 or 8, fromBottom = orientation is 3 or 4 or 6 or 7;
        for (int y = 0; y < upright.Height; y++)
        {
            Span<byte> row = upright.Row(y);
            for (int x = 0; x < upright.Width; x++)
            {
                int across = transposed ? y : x, down = transposed ? x : y;
                int sourceX = fromRight ? stored.Width - 1 - across : across;
                int sourceY = fromBottom ? stored.Height - 1 - down : down;
                stored.Pixels.AsSpan((sourceY * stored.Width + sourceX) * 3, 3).CopyTo(row[(x * 3)..]);
            }
        }

        return upright;
    }
}
