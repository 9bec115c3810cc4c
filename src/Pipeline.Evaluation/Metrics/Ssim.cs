using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.Metrics;

/// <summary>
/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity", eq. 13) in torchmetrics' convention:
/// Gaussian window 11 x 11 of sigma 1.5, K1 = 0.01, K2 = 0.03, data range 1, biased variances, mean over positions and channels (EDITING 16.1).
/// </summary>
public static class Ssim
{
    private const int Radius = 5;
    private const double Sigma = 1.5, C1 = 0.01 * 0.01, C2 = 0.03 * 0.03;

    private static readonly double[] Window = GaussianWindow();

    /// <summary>SSIM of two pictures, or missing when no window fits (a side under 11 pixels, under 6 with <see cref="SsimBorder.Full"/>).</summary>
    /// <exception cref="ArgumentException">Different sizes.</exception>
    public static MetricValue Compute(RgbImage a, RgbImage b, SsimBorder border = SsimBorder.Crop)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Compute(Planes.Of(a), Planes.Of(b), border);
    }

    /// <summary>SSIM of two maps in 0..1.</summary>
    /// <exception cref="ArgumentException">Different sizes.</exception>
    public static MetricValue Compute(MaskImage a, MaskImage b, SsimBorder border = SsimBorder.Crop)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Compute(Planes.Of(a), Planes.Of(b), border);
    }

    internal static MetricValue Compute(Planes a, Planes b, SsimBorder border) => Mean(Maps(a, b), a.Width, a.Height, border, region: null);

    /// <summary>SSIM at every pixel of every channel; empty when the mirrored border does not fit.</summary>
    internal static double[][] Maps(Planes a, Planes b)
    {
        Planes.RequireSameSize(a, b);
        return a.Width > Radius && a.Height > Radius ? [.. a.Channels.Zip(b.Channels, (x, y) => Map(x, y, a.Width, a.Height))] : [];
    }

    /// <summary>The mean over the windows centred in <paramref name="region"/> (everywhere when null), missing when there are none.</summary>
    internal static MetricValue Mean(double[][] maps, int width, int height, SsimBorder border, bool[]? region)
    {
        int margin = border == SsimBorder.Crop ? Radius : 0;
        double sum = 0;
        long count = 0;
        foreach (double[] map in maps)
        {
            for (int y = margin; y < height - margin; y++)
            {
                for (int x = margin; x < width - margin; x++)
                {
                    if (region is null || region[y * width + x])
                    {
                        sum += map[y * width + x];
                        count++;
                    }
                }
            }
        }

        return count == 0 ? MetricValue.Missing : sum / count;
    }

    // The planes are mirrored about their edges.
    private static double[] Map(double[] x, double[] y, int width, int height)
    {
        double[] meanX = Blur(x, width, height), meanY = Blur(y, width, height);
        double[] squareX = Blur(Product(x, x), width, height), squareY = Blur(Product(y, y), width, height), cross = Blur(Product(x, y), width, height);
        double[] map = meanX;
        for (int i = 0; i < map.Length; i++)
        {
            double mx = meanX[i], my = meanY[i];
            double varianceX = Math.Max(squareX[i] - mx * mx, 0), varianceY = Math.Max(squareY[i] - my * my, 0), covariance = cross[i] - mx * my;
            map[i] = (2 * mx * my + C1) * (2 * covariance + C2) / ((mx * mx + my * my + C1) * (varianceX + varianceY + C2)); // eq. (13)
        }

        return map;
    }

    private static double[] Product(double[] a, double[] b)
    {
        double[] product = new double[a.Length];
        for (int i = 0; i < product.Length; i++)
        {
            product[i] = a[i] * b[i];
        }

        return product;
    }

    private static double[] Blur(double[] plane, int width, int height)
    {
        double[] rows = new double[plane.Length], result = new double[plane.Length];
        int[] columns = [.. Enumerable.Range(-Radius, width + 2 * Radius).Select(x => Mirror(x, width))];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double sum = 0;
                for (int k = 0; k < Window.Length; k++)
                {
                    sum += Window[k] * plane[y * width + columns[x + k]];
                }

                rows[y * width + x] = sum;
            }
        }

        for (int y = 0; y < height; y++)
        {
            Span<double> target = result.AsSpan(y * width, width);
            for (int k = 0; k < Window.Length; k++)
            {
                ReadOnlySpan<double> source = rows.AsSpan(Mirror(y + k - Radius, height) * width, width);
                for (int x = 0; x < width; x++)
                {
                    target[x] += Window[k] * source[x];
                }
            }
        }

        return result;
    }

    // The edge pixel itself is not repeated.
    private static int Mirror(int index, int length) => index < 0 ? -index : index >= length ? 2 * length - 2 - index : index;

    private static double[] GaussianWindow()
    {
        double[] window = [.. Enumerable.Range(-Radius, 2 * Radius + 1).Select(i => Math.Exp(-i * i / (2 * Sigma * Sigma)))];
        double sum = window.Sum();
        return Array.ConvertAll(window, w => w / sum);
    }
}
