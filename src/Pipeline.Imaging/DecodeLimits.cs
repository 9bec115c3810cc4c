namespace Pipeline.Imaging;

/// <summary>
/// What a file may cost before it is refused. Bytes are checked before anything is parsed, sides and pixels from the header before any pixel is decoded,
/// so a decompression bomb costs a few hundred bytes of reading.
/// </summary>
public sealed record DecodeLimits
{
    /// <summary>The defaults below.</summary>
    public static DecodeLimits Default { get; } = new();

    /// <summary>Longest file in bytes; default 256 MiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Largest width times height; default 100 million pixels (300 MB decoded, at most 800 MB while a 16-bit file with alpha is being read).</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Longest side in pixels; default 32,768.</summary>
    public int MaxSide { get; init; } = 32_768;

    /// <summary>Shortest side in pixels that is accepted; default 1.</summary>
    public int MinSide { get; init; } = 1;

    /// <summary>Most scans of one progressive JPEG; default 100. Each scan costs a pass over the whole picture, real encoders write about ten.</summary>
    public int MaxJpegScans { get; init; } = 100;

    /// <summary>Throws when <paramref name="bytes"/> is zero or too many.</summary>
    /// <exception cref="ImageFormatException"><see cref="ImageErrorKind.Empty"/> or <see cref="ImageErrorKind.TooLarge"/>.</exception>
    public void CheckLength(long bytes, string name)
    {
        if (bytes == 0)
        {
            throw ImageFormatException.Of(ImageErrorKind.Empty, name, "the file is empty", "copy or download it again");
        }

        if (bytes > MaxBytes)
        {
            throw ImageFormatException.Of(ImageErrorKind.TooLarge, name, $"{bytes:N0} bytes are more than the limit of {MaxBytes:N0}", "store the picture smaller, or raise the byte limit");
        }
    }

    /// <summary>Throws when a picture of this size is outside the limits.</summary>
    /// <exception cref="ImageFormatException"><see cref="ImageErrorKind.TooLarge"/> or <see cref="ImageErrorKind.TooSmall"/>.</exception>
    public void CheckSize(long width, long height, string name)
    {
        if (width <= 0 || height <= 0)
        {
            throw ImageFormatException.Unreadable(name, $"the header says {width}x{height} pixels");
        }

        if (width > MaxSide || height > MaxSide)
        {
            throw ImageFormatException.Of(ImageErrorKind.TooLarge, name, $"{width}x{height} pixels, the longest side allowed is {MaxSide}", "scale the picture down, or raise the side limit");
        }

        if (width * height > MaxPixels)
        {
            throw ImageFormatException.Of(ImageErrorKind.TooLarge, name, $"{width}x{height} pixels, {MaxPixels:N0} pixels are allowed", "scale the picture down, or raise the pixel limit");
        }

        if (width < MinSide || height < MinSide)
        {
            throw ImageFormatException.Of(ImageErrorKind.TooSmall, name, $"{width}x{height} pixels, the shortest side allowed is {MinSide}", "use a larger original, or lower the side limit");
        }
    }
}
