using System.Numerics;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Evaluation.Selection;

/// <summary>
/// Sixty-four bits that stay nearly the same when a picture is scaled, recompressed or slightly changed. <see cref="OfFrequencies"/> is the hash of the discrete cosine transform (Zauner
/// 2010, "Implementation and benchmarking of perceptual image hash functions", section 3.2), without its constant term; <see cref="OfGradients"/> compares neighbours in a 9 x 8
/// reduction. Both start from luma (ITU-R BT.601) after area-aware resampling.
/// </summary>
public static class PerceptualHash
{
    private const int Side = 32;
    private const int Low = 8;
    private static readonly float[] Cosines = MakeCosines();

    /// <summary>Signs of the 64 lowest frequencies but the constant one against their median.</summary>
    public static ulong OfFrequencies(RgbImage image)
    {
        float[] luma = Luma(image, Side, Side);
        // Rows, then columns, and only the frequencies that are asked for: 0..8 in both directions.
        const int wanted = Low + 1;
        float[] rows = new float[Side * wanted];
        for (int y = 0; y < Side; y++)
        {
            for (int u = 0; u < wanted; u++)
            {
                rows[(y * wanted) + u] = Dot(luma.AsSpan(y * Side, Side), u);
            }
        }

        Span<float> column = stackalloc float[Side];
        float[] frequencies = new float[Low * Low];
        for (int u = 1; u < wanted; u++)
        {
            for (int y = 0; y < Side; y++)
            {
                column[y] = rows[(y * wanted) + u];
            }

            for (int v = 1; v < wanted; v++)
            {
                frequencies[((v - 1) * Low) + u - 1] = Dot(column, v);
            }
        }

        float[] sorted = [.. frequencies.Order()];
        float median = (sorted[(Low * Low / 2) - 1] + sorted[Low * Low / 2]) / 2;
        ulong hash = 0;
        for (int i = 0; i < frequencies.Length; i++)
        {
            hash |= frequencies[i] > median ? 1UL << i : 0;
        }

        return hash;
    }

    /// <summary>Whether each of 8 x 8 points is darker than its right neighbour.</summary>
    public static ulong OfGradients(RgbImage image)
    {
        float[] luma = Luma(image, Low + 1, Low);
        ulong hash = 0;
        for (int i = 0; i < Low * Low; i++)
        {
            int at = (i / Low * (Low + 1)) + (i % Low);
            hash |= luma[at] < luma[at + 1] ? 1UL << i : 0;
        }

        return hash;
    }

    /// <summary>Number of bits in which two hashes differ, 0 to 64.</summary>
    public static int Distance(ulong a, ulong b) => BitOperations.PopCount(a ^ b);

    private static float[] Luma(RgbImage image, int width, int height)
    {
        byte[] pixels = PillowResize.Resize(image, width, height, ResampleFilter.Box).Pixels;
        float[] luma = new float[width * height];
        for (int i = 0; i < luma.Length; i++)
        {
            luma[i] = (0.299f * pixels[3 * i]) + (0.587f * pixels[(3 * i) + 1]) + (0.114f * pixels[(3 * i) + 2]);
        }

        return luma;
    }

    private static float Dot(ReadOnlySpan<float> values, int frequency)
    {
        float sum = 0;
        for (int i = 0; i < Side; i++)
        {
            sum += values[i] * Cosines[(frequency * Side) + i];
        }

        return sum;
    }

    // DCT-II: cos(pi (i + 1/2) u / N).
    private static float[] MakeCosines()
    {
        float[] table = new float[(Low + 1) * Side];
        for (int u = 0; u <= Low; u++)
        {
            for (int i = 0; i < Side; i++)
            {
                table[(u * Side) + i] = (float)Math.Cos(Math.PI * (i + 0.5) * u / Side);
            }
        }

        return table;
    }
}
