using Pipeline.Imaging.Headers;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace Pipeline.Imaging.Codecs;

/// <summary>
/// Pixels by SixLabors.ImageSharp 3.1. It does not apply ICC profiles: wide-gamut pictures keep their numbers, and CMYK is converted without a press profile.
/// </summary>
internal sealed class PixelEngine : IPixelEngine
{
    private static readonly DecoderOptions FirstFrame = new() { MaxFrames = 1 };

    public string Name { get; } = "ImageSharp " + typeof(Image).Assembly.GetName().Version?.ToString(3);

    public RgbImage Decode(ReadOnlySpan<byte> data, ImageHeader header, DecodeLimits limits, string name)
    {
        try
        {
            ImageInfo info = Image.Identify(FirstFrame, data);
            limits.CheckSize(info.Width, info.Height, name);

            // ImageSharp rounds when it narrows samples; the pipeline keeps the upper byte, so deep pictures are loaded deep.
            int bits = info.PixelType.BitsPerPixel;
            bool deep = bits is 16 or > 32 || (header.Format == ImageFormat.Png && info.Metadata.GetPngMetadata().BitDepth == PngBitDepth.Bit16);
            return deep
                ? ToRgb(Image.Load<Rgba64>(FirstFrame, data), pixel => ((byte)(pixel.R >> 8), (byte)(pixel.G >> 8), (byte)(pixel.B >> 8)))
                : ToRgb(Image.Load<Rgba32>(FirstFrame, data), pixel => (pixel.R, pixel.G, pixel.B));
        }
        catch (Exception e) when (e is UnknownImageFormatException or InvalidImageContentException or NotSupportedException or ImageProcessingException)
        {
            throw ImageFormatException.Unreadable(name, $"the {header.Format} decoder says: {e.Message}", e);
        }
    }

    public byte[] Encode(int width, int height, int channels, ReadOnlySpan<byte> samples, EncodeOptions options)
    {
        using var stream = new MemoryStream();
        if (channels == 1)
        {
            using Image<L8> grey = Image.LoadPixelData<L8>(samples, width, height);
            grey.Save(stream, new PngEncoder { ColorType = PngColorType.Grayscale, BitDepth = PngBitDepth.Bit8, SkipMetadata = true });
        }
        else
        {
            using Image<Rgb24> image = Image.LoadPixelData<Rgb24>(samples, width, height);
            image.Save(stream, Encoder(options));
        }

        return stream.ToArray();
    }

    private static IImageEncoder Encoder(EncodeOptions options) => options.Format switch
    {
        ImageFormat.Jpeg => new JpegEncoder
        {
            Quality = options.Quality,
            ColorType = options.Quality >= 90 ? JpegEncodingColor.YCbCrRatio444 : JpegEncodingColor.YCbCrRatio420,
            SkipMetadata = true,
        },
        ImageFormat.WebP => new WebpEncoder
        {
            Quality = options.Quality,
            FileFormat = options.Lossless ? WebpFileFormatType.Lossless : WebpFileFormatType.Lossy,
            SkipMetadata = true,
        },
        _ => new PngEncoder
        {
            ColorType = PngColorType.Rgb,
            BitDepth = PngBitDepth.Bit8,
            CompressionLevel = (PngCompressionLevel)options.Compression,
            SkipMetadata = true,
        },
    };

    private static RgbImage ToRgb<TPixel>(Image<TPixel> image, Func<TPixel, (byte R, byte G, byte B)> bytes)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using (image)
        {
            image.Mutate(context => context.AutoOrient());
            var result = new RgbImage(image.Width, image.Height);
            image.ProcessPixelRows(rows =>
            {
                for (int y = 0; y < rows.Height; y++)
                {
                    Span<TPixel> source = rows.GetRowSpan(y);
                    Span<byte> target = result.Row(y);
                    for (int x = 0; x < source.Length; x++)
                    {
                        (target[x * 3], target[x * 3 + 1], target[x * 3 + 2]) = bytes(source[x]);
                    }
                }
            });
            return result;
        }
    }
}
