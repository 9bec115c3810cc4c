using Pipeline.Imaging.Headers;
using Pipeline.Imaging.Png;

namespace Pipeline.Imaging.Codecs;

/// <summary>The checks and decisions that are the same for every engine: limits, signature, completeness, encode options, text chunks.</summary>
internal sealed class GuardedCodec(IPixelEngine engine) : IImageCodec
{
    public string Engine => engine.Name;

    public RgbImage Decode(ReadOnlySpan<byte> data, DecodeLimits limits, string name = "picture")
    {
        ArgumentNullException.ThrowIfNull(limits);
        limits.CheckLength(data.Length, name);
        ImageHeader header = ImageHeader.Read(data, limits, name);
        RgbImage image = engine.Decode(data, header, limits, name);
        limits.CheckSize(image.Width, image.Height, name);
        return image;
    }

    public byte[] Encode(RgbImage image, EncodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Format is not (ImageFormat.Png or ImageFormat.Jpeg or ImageFormat.WebP))
        {
            throw new ArgumentException($"{options.Format} is not written; use Png, Jpeg or WebP", nameof(options));
        }

        if (options.Quality is < 1 or > 100 || options.Compression is < 0 or > 9)
        {
            throw new ArgumentException($"quality {options.Quality} must be 1..100 and compression {options.Compression} 0..9", nameof(options));
        }

        byte[] file = engine.Encode(image.Width, image.Height, 3, image.Pixels, options);
        return options.Format == ImageFormat.Png && options.Text.Count > 0 ? PngText.Insert(file, options.Text) : file;
    }

    public byte[] EncodeGrayPng(int width, int height, ReadOnlySpan<byte> samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNotEqual(samples.Length, (long)width * height);
        return engine.Encode(width, height, 1, samples, EncodeOptions.Png);
    }
}
