using System.Runtime.InteropServices;
using Pipeline.Imaging.Headers;
using static Pipeline.Imaging.Codecs.VipsNative;

namespace Pipeline.Imaging.Codecs;

/// <summary>
/// Pixels by the system's libvips (Debian: libvips42). Loaders are named by our own header reader, never guessed by libvips, so its loaders of other formats cannot be
/// reached by a crafted file; bitmaps are read by <see cref="BmpDecoder"/>, because libvips has them only through ImageMagick.
/// </summary>
internal sealed class PixelEngine : IPixelEngine
{
    static PixelEngine()
    {
        // Failures come back as exceptions; without this libvips also prints a line on standard error for every damaged file.
        g_setenv("VIPS_WARNING", "0", 1);
        if (vips_init("moodpipe") != 0)
        {
            throw new VipsException();
        }

        // Nothing is asked for twice, and pictures are decoded side by side by the pipeline's own workers.
        vips_cache_set_max(0);
        vips_concurrency_set(1);
    }

    public string Name { get; } = "libvips " + Marshal.PtrToStringUTF8(vips_version_string());

    public RgbImage Decode(ReadOnlySpan<byte> data, ImageHeader header, DecodeLimits limits, string name)
    {
        try
        {
            switch (header.Format)
            {
                case ImageFormat.Bmp:
                    return BmpDecoder.Decode(data, limits, name);
                case ImageFormat.Gif:
                    return Load("gifload_buffer", GifHeader.FirstFrame(data, limits, name), limits, name);
                default:
                    return Load($"{header.Format.ToString().ToLowerInvariant()}load_buffer", data, limits, name);
            }
        }
        catch (VipsException e)
        {
            throw ImageFormatException.Unreadable(name, $"the {header.Format} decoder says: {e.Message}", e);
        }
    }

    public byte[] Encode(int width, int height, int channels, ReadOnlySpan<byte> samples, EncodeOptions options)
    {
        using VipsImage image = VipsImage.FromSamples(width, height, channels, samples);
        using VipsImage tagged = new VipsOperation("copy").With("in", image).With("interpretation", channels == 1 ? "b-w" : "srgb").RunForImage();
        using var save = new VipsOperation($"{options.Format.ToString().ToLowerInvariant()}save_buffer");
        save.With("in", tagged).With("strip", "true");
        switch (options.Format)
        {
            case ImageFormat.Jpeg:
                save.With("Q", $"{options.Quality}").With("optimize_coding", "true").With("subsample_mode", options.Quality >= 90 ? "off" : "on");
                break;
            case ImageFormat.WebP:
                save.With("Q", $"{options.Quality}").With("lossless", options.Lossless ? "true" : "false");
                break;
            default:
                save.With("compression", $"{options.Compression}");
                break;
        }

        return save.Run().OutputBytes();
    }

    private static RgbImage Load(string loader, ReadOnlySpan<byte> data, DecodeLimits limits, string name)
    {
        using VipsImage stored = new VipsOperation(loader).With("buffer", data).With("access", "sequential").With("fail_on", "error").RunForImage();
        limits.CheckSize(stored.Width, stored.Height, name);
        if (stored.Bands > 5)
        {
            throw ImageFormatException.Of(ImageErrorKind.Unsupported, name, $"{stored.Bands} samples a pixel", "convert it to an RGB picture");
        }

        int orientation = stored.Int("orientation") ?? 1;
        using VipsImage image = ColourConversion.ToSrgb(stored, name);
        return Orientation.Apply(ToRgb(image, name), orientation);
    }

    /// <summary>Keeps the upper byte of 16-bit samples, repeats grey, drops alpha.</summary>
    private static RgbImage ToRgb(VipsImage image, string name)
    {
        int width = image.Width, height = image.Height, bands = image.Bands;
        int bytes = image.Format switch
        {
            VipsBandFormat.Byte => 1,
            VipsBandFormat.UInt16 => 2,
            _ => throw ImageFormatException.Of(ImageErrorKind.Unsupported, name, "samples that are neither 8 nor 16 bit", "convert it to an 8-bit picture"),
        };
        return image.WriteToMemory(samples =>
        {
            var result = new RgbImage(width, height);
            int green = bands >= 3 ? bytes : 0, blue = green * 2, step = bands * bytes;
            int upper = bytes == 2 && BitConverter.IsLittleEndian ? 1 : 0;
            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<byte> source = samples.Bytes((long)y * width * step, width * step);
                Span<byte> target = result.Row(y);
                for (int x = 0, s = upper, t = 0; x < width; x++, s += step, t += 3)
                {
                    target[t] = source[s];
                    target[t + 1] = source[s + green];
                    target[t + 2] = source[s + blue];
                }
            }

            return result;
        });
    }
}
