namespace Pipeline.Imaging.Headers;

/// <summary>
/// What the first bytes of a file say, read by our own strict parsers before any decoding library sees it: format, stored size (before orientation),
/// and whether the file has an end.
/// </summary>
public sealed record ImageHeader(ImageFormat Format, int Width, int Height)
{
    /// <summary>
    /// Recognises the format, checks the size against <paramref name="limits"/> and walks the container to its end.
    /// Time is linear in the length of the file; nothing is allocated that depends on what the file claims.
    /// </summary>
    /// <param name="data">The whole file.</param>
    /// <param name="limits">Limits on size and scans.</param>
    /// <param name="name">How messages call the file.</param>
    /// <exception cref="ImageFormatException">Any defect that shows without decoding pixels.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> data, DecodeLimits limits, string name)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var reader = new HeaderReader(data, name);
        switch (Signature.Recognise(data))
        {
            case ImageFormat.Png:
                return PngHeader.Read(reader, limits);
            case ImageFormat.Jpeg:
                return JpegHeader.Read(reader, limits);
            case ImageFormat.WebP:
                return WebPHeader.Read(reader, limits);
            case ImageFormat.Gif:
                return GifHeader.Read(reader, limits);
            case ImageFormat.Tiff:
                return TiffHeader.Read(reader, limits);
            case ImageFormat.Bmp:
                return BmpHeader.Read(reader, limits).Image;
            default:
                throw Signature.Foreign(data) is { } foreign
                    ? ImageFormatException.Of(ImageErrorKind.Unsupported, name, $"{foreign} is not read here", "convert the file to PNG, JPEG or WebP")
                    : ImageFormatException.Of(ImageErrorKind.NotAnImage, name, "the content is no picture, whatever the file is called", "check where the file comes from");
        }
    }
}
