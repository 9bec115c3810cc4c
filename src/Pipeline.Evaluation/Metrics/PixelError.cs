using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.Metrics;

/// <summary>Mean squared error and peak signal to noise ratio over values in 0..1 (EDITING 16.1).</summary>
public static class PixelError
{
    /// <summary>mean((a - b)^2) over all values.</summary>
    /// <exception cref="ArgumentException">Different sizes.</exception>
    public static double Mse(RgbImage a, RgbImage b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Mse(Planes.Of(a), Planes.Of(b));
    }

    /// <summary>mean((a - b)^2) of two maps.</summary>
    /// <exception cref="ArgumentException">Different sizes.</exception>
    public static double Mse(MaskImage a, MaskImage b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Mse(Planes.Of(a), Planes.Of(b));
    }

    /// <summary>10 log10(1 / MSE) in dB; identical pictures have none.</summary>
    public static MetricValue Psnr(RgbImage a, RgbImage b) => PsnrOf(Mse(a, b));

    /// <summary>10 log10(1 / mse).</summary>
    public static MetricValue PsnrOf(double mse) => mse == 0 ? MetricValue.Identical : MetricValue.FromDouble(10 * Math.Log10(1 / mse));

    internal static double Mse(Planes a, Planes b)
    {
        Planes.RequireSameSize(a, b);
        return a.Channels.Zip(b.Channels, SumOfSquares).Sum() / ((double)a.Channels.Length * a.Width * a.Height);
    }

    internal static double SumOfSquares(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }
}
