namespace Pipeline.Imaging.Masks;

/// <summary>
/// A map of one float a pixel, rows from the top; masks and stimulus maps are in 0..1 with 1 = may change, attention maps in any range.
/// Operations on it (<see cref="MaskShapes"/>, <see cref="MaskFilters"/>, <see cref="MaskResampling"/>, <see cref="MaskArithmetic"/>) return new maps.
/// </summary>
public sealed class MaskImage
{
    /// <summary>Wraps <paramref name="values"/> (not copied) of length <c>height * width</c>.</summary>
    /// <exception cref="ArgumentException">A side is not positive or the array has another length.</exception>
    public MaskImage(int width, int height, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (values.LongLength != (long)width * height)
        {
            throw new ArgumentException($"a map of {width}x{height} has {(long)width * height} values, not {values.LongLength}", nameof(values));
        }

        Width = width;
        Height = height;
        Values = values;
    }

    /// <summary>A map of zeros.</summary>
    public MaskImage(int width, int height)
        : this(width, height, new float[checked(width * height)])
    {
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The values, height x width.</summary>
    public float[] Values { get; }

    /// <summary>The value at column <paramref name="x"/>, row <paramref name="y"/>.</summary>
    public float this[int x, int y] => Values[y * Width + x];

    /// <summary>The values of row <paramref name="y"/>.</summary>
    public Span<float> Row(int y) => Values.AsSpan(y * Width, Width);

    /// <summary>A map of one value everywhere.</summary>
    public static MaskImage Filled(int width, int height, float value)
    {
        var map = new MaskImage(width, height);
        Array.Fill(map.Values, value);
        return map;
    }

    /// <summary>
    /// The luma of a picture over 255: for a grey file exactly its samples; colours by ITU-R 601 in 16-bit fixed point, as Pillow's <c>convert("L")</c>.
    /// </summary>
    public static MaskImage FromImage(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var map = new MaskImage(image.Width, image.Height);
        for (int i = 0; i < map.Values.Length; i++)
        {
            ReadOnlySpan<byte> p = image.Pixels.AsSpan(i * 3, 3);
            map.Values[i] = ((p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16) / 255f;
        }

        return map;
    }

    /// <summary>Reads a mask file of any readable picture format; 0..255 becomes 0..1.</summary>
    /// <exception cref="ImageFormatException">The bytes give no picture within the limits.</exception>
    public static MaskImage Decode(ReadOnlySpan<byte> data, DecodeLimits? limits = null, string name = "mask") =>
        FromImage(ImageCodec.Default.Decode(data, limits ?? DecodeLimits.Default, name));

    /// <summary>An 8-bit grey PNG, linear: 0 and below is 0, 1 and above is 255, half way cases round to even.</summary>
    public byte[] EncodePng() => ImageCodec.Default.EncodeGrayPng(Width, Height, ToBytes());

    /// <summary>The values as bytes, by the rule of <see cref="EncodePng"/>; not a number becomes 0.</summary>
    public byte[] ToBytes() => Array.ConvertAll(Values, v => float.IsNaN(v) ? (byte)0 : (byte)MathF.Round(Math.Clamp(v, 0f, 1f) * 255f, MidpointRounding.ToEven));

    /// <summary>The map with every value replaced.</summary>
    public MaskImage Select(Func<float, float> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new MaskImage(Width, Height, Array.ConvertAll(Values, v => function(v)));
    }
}
