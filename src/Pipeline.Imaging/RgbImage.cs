namespace Pipeline.Imaging;

/// <summary>
/// An upright 8-bit sRGB picture: rows from the top, three interleaved bytes (red, green, blue) a pixel, no padding between rows.
/// </summary>
public sealed class RgbImage
{
    /// <summary>Wraps <paramref name="pixels"/> (not copied) of length <c>height * width * 3</c>.</summary>
    /// <exception cref="ArgumentException">A side is not positive or the array has another length.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (pixels.LongLength != (long)width * height * 3)
        {
            throw new ArgumentException($"an RGB picture of {width}x{height} has {(long)width * height * 3} bytes, not {pixels.LongLength}", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>A black picture.</summary>
    public RgbImage(int width, int height)
        : this(width, height, new byte[checked(width * height * 3)])
    {
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The pixels, height x width x 3.</summary>
    public byte[] Pixels { get; }

    /// <summary>The bytes of row <paramref name="y"/>.</summary>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width * 3, Width * 3);

    /// <summary>The rectangle with its upper left corner at (<paramref name="left"/>, <paramref name="top"/>), as a picture of its own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle does not lie inside the picture.</exception>
    public RgbImage Crop(int left, int top, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Width - left);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, Height - top);
        var crop = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            Row(top + y).Slice(left * 3, width * 3).CopyTo(crop.Row(y));
        }

        return crop;
    }

    /// <summary>
    /// A black canvas of <paramref name="width"/> x <paramref name="height"/> with this picture at (<paramref name="left"/>, <paramref name="top"/>);
    /// what falls outside the canvas is cut off, so negative offsets crop.
    /// </summary>
    public RgbImage PlaceOn(int width, int height, int left, int top)
    {
        var canvas = new RgbImage(width, height);
        int from = Math.Max(0, -left), to = Math.Min(Width, width - left);
        for (int y = Math.Max(0, -top); y < Math.Min(Height, height - top) && to > from; y++)
        {
            Row(y)[(from * 3)..(to * 3)].CopyTo(canvas.Row(y + top)[((from + left) * 3)..]);
        }

        return canvas;
    }
}
