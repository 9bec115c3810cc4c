using Pipeline.Imaging;

namespace Pipeline.Models.Preprocessing;

/// <summary>
/// Bytes to network inputs: <c>(float)(v * scale)</c> with the product in double precision, then <c>(x - mean) / std</c> in single precision, as the published processors compute it.
/// Only 256 values a channel exist, so they are tabulated.
/// </summary>
internal sealed class PixelNormalizer
{
    private readonly float[][] _tables;

    internal PixelNormalizer(double scale, double[] mean, double[] deviation) =>
        _tables = [.. Enumerable.Range(0, 3).Select(channel => (float[])
            [.. Enumerable.Range(0, 256).Select(v => ((float)(v * scale) - (float)mean[channel]) / (float)deviation[channel])])];

    /// <summary>Writes the picture as planes: [3, H, W] at the start of <paramref name="target"/>.</summary>
    internal void Write(RgbImage image, Span<float> target)
    {
        int plane = image.Width * image.Height;
        for (int channel = 0; channel < 3; channel++)
        {
            float[] table = _tables[channel];
            Span<float> values = target.Slice(channel * plane, plane);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = table[image.Pixels[i * 3 + channel]];
            }
        }
    }

    /// <summary>Pictures of one size as [N, 3, H, W].</summary>
    internal PixelValues Stack(IReadOnlyList<RgbImage> images)
    {
        int width = images[0].Width, height = images[0].Height, size = 3 * width * height;
        float[] values = new float[images.Count * size];
        for (int i = 0; i < images.Count; i++)
        {
            Write(images[i], values.AsSpan(i * size, size));
        }

        return new PixelValues(values, [images.Count, 3, height, width]);
    }
}
