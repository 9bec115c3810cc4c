namespace Pipeline.Imaging;

/// <summary>
/// Files to pixels and back. The format is recognised by content, never by name. What comes out is upright (EXIF orientation applied), sRGB, 8 bits:
/// profiles are converted, CMYK is converted through its profile or a standard press profile, 16-bit samples keep their upper byte, grey is repeated, palettes are looked up,
/// and alpha is dropped, keeping the stored colour under it as Pillow's <c>convert("RGB")</c> and with it every CLIP preprocessor does.
/// Implementations are safe for use by many threads at once.
/// </summary>
public interface IImageCodec
{
    /// <summary>Engine and version, for result records and <c>doctor</c>.</summary>
    string Engine { get; }

    /// <summary>Decodes one picture (of an animation or a document the first).</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="limits">What the file may cost.</param>
    /// <param name="name">How messages call the file: a path or an item id.</param>
    /// <exception cref="ImageFormatException">The bytes give no picture within the limits.</exception>
    RgbImage Decode(ReadOnlySpan<byte> data, DecodeLimits limits, string name = "picture");

    /// <summary>Encodes a colour picture.</summary>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    byte[] Encode(RgbImage image, EncodeOptions options);

    /// <summary>Encodes 8-bit grey samples (rows from the top, one byte a pixel) as a grey PNG.</summary>
    byte[] EncodeGrayPng(int width, int height, ReadOnlySpan<byte> samples);
}
