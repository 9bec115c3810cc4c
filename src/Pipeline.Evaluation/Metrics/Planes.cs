using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.Metrics;

/// <summary>The channels of a picture as numbers in 0..1, the form that pixel metrics compute on.</summary>
internal sealed class Planes
{
    private Planes(int width, int height, double[][] channels)
    {
        Width = width;
        Height = height;
        Channels = channels;
    }

    internal int Width { get; }

    internal int Height { get; }

    internal double[][] Channels { get; }

    internal static Planes Of(RgbImage image)
    {
        int count = image.Width * image.Height;
        double[][] channels = [new double[count], new double[count], new double[count]];
        for (int i = 0; i < count; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                channels[channel][i] = image.Pixels[i * 3 + channel] / 255.0;
            }
        }

        return new Planes(image.Width, image.Height, channels);
    }

    internal static Planes Of(MaskImage map) => new(map.Width, map.Height, [Array.ConvertAll(map.Values, v => (double)v)]);

    /// <summary>Black outside the region.</summary>
    internal Planes Within(bool[] region) => new(Width, Height, Array.ConvertAll(Channels, channel =>
    {
        double[] kept = new double[channel.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = region[i] ? channel[i] : 0;
        }

        return kept;
    }));

    internal static void RequireSameSize(Planes a, Planes b)
    {
        if (a.Width != b.Width || a.Height != b.Height)
        {
            throw new ArgumentException($"pictures of {a.Width}x{a.Height} and {b.Width}x{b.Height} cannot be compared pixel by pixel; resize one of them first");
        }
    }
}
