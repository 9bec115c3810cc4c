namespace Pipeline.Imaging.Masks;

/// <summary>Shows a map as colours over its picture, for reports.</summary>
public static class HeatMap
{
    // Nine anchors of a dark-to-light scale (black, purple, red, orange, light yellow) whose lightness rises evenly, so it reads in grey as well.
    private static readonly (byte R, byte G, byte B)[] Anchors =
        [(0, 0, 4), (31, 12, 72), (85, 15, 109), (136, 34, 106), (186, 54, 85), (227, 89, 51), (249, 140, 10), (249, 201, 50), (252, 255, 164)];

    /// <summary>The colour of a value; below 0 and above 1 the end colours.</summary>
    public static (byte R, byte G, byte B) Colour(float value)
    {
        float at = Math.Clamp(float.IsNaN(value) ? 0 : value, 0, 1) * (Anchors.Length - 1);
        int low = Math.Min((int)at, Anchors.Length - 2);
        float part = at - low;
        return (Mix(Anchors[low].R, Anchors[low + 1].R, part), Mix(Anchors[low].G, Anchors[low + 1].G, part), Mix(Anchors[low].B, Anchors[low + 1].B, part));
    }

    /// <summary>
    /// The picture with the map's colours laid over it: at value v the colour covers <c>opacity * min(1, 2v)</c>, so untouched regions keep showing the picture.
    /// A map of another size is stretched over the picture bilinearly.
    /// </summary>
    public static RgbImage Overlay(RgbImage image, MaskImage map, float opacity = 0.6f)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfNegative(opacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(opacity, 1);
        if (map.Width != image.Width || map.Height != image.Height)
        {
            map = map.Resize(image.Width, image.Height, Resampling.ResampleFilter.Bilinear);
        }

        var result = new RgbImage(image.Width, image.Height);
        for (int i = 0; i < map.Values.Length; i++)
        {
            (byte r, byte g, byte b) = Colour(map.Values[i]);
            float cover = opacity * Math.Clamp(2 * map.Values[i], 0, 1);
            ReadOnlySpan<byte> source = image.Pixels.AsSpan(i * 3, 3);
            Span<byte> target = result.Pixels.AsSpan(i * 3, 3);
            target[0] = Mix(source[0], r, cover);
            target[1] = Mix(source[1], g, cover);
            target[2] = Mix(source[2], b, cover);
        }

        return result;
    }

    private static byte Mix(byte from, byte to, float part) => (byte)MathF.Round(from + (to - from) * part);
}
