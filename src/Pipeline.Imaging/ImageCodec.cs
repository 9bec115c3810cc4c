using Pipeline.Imaging.Codecs;

namespace Pipeline.Imaging;

/// <summary>The codec of this build, and the ways to feed it.</summary>
public static class ImageCodec
{
    /// <summary>The engine that the build property <c>ImagingEngine</c> chose, behind all checks.</summary>
    public static IImageCodec Default { get; } = new GuardedCodec(new PixelEngine());

    /// <summary>Decodes a file.</summary>
    /// <exception cref="ImageFormatException">The file gives no picture within the limits.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RgbImage DecodeFile(this IImageCodec codec, string path, DecodeLimits? limits = null)
    {
        using FileStream stream = File.OpenRead(path);
        return codec.Decode(stream, limits, path);
    }

    /// <summary>Decodes what is left of <paramref name="stream"/>; stops reading as soon as the byte limit is passed.</summary>
    /// <exception cref="ImageFormatException">The bytes give no picture within the limits.</exception>
    public static RgbImage Decode(this IImageCodec codec, Stream stream, DecodeLimits? limits = null, string name = "picture")
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(stream);
        limits ??= DecodeLimits.Default;
        if (stream.CanSeek)
        {
            limits.CheckLength(stream.Length - stream.Position, name);
        }

        using var buffer = new MemoryStream();
        byte[] chunk = new byte[81920];
        for (int read; (read = stream.Read(chunk)) > 0;)
        {
            buffer.Write(chunk, 0, read);
            limits.CheckLength(buffer.Length, name);
        }

        return codec.Decode(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), limits, name);
    }
}
