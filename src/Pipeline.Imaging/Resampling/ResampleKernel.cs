namespace Pipeline.Imaging.Resampling;

/// <summary>
/// The weights of one axis as Pillow computes them (Pillow's Resample.c; CHECKPOINTS 7.1). When shrinking, the filter is stretched by the scale, so it also anti-aliases.
/// Output i of <see cref="OutputLength"/> is the sum over j &lt; <see cref="Count"/>[i] of <c>Weight(i, j) * input[Start[i] + j]</c>; weights of an output sum to 1.
/// </summary>
internal sealed class ResampleKernel
{
    private readonly double[] _weights;

    internal ResampleKernel(int inputLength, int outputLength, ResampleFilter filter)
    {
        (double halfWidth, Func<double, double> function) = filter switch
        {
            ResampleFilter.Bilinear => (1.0, (Func<double, double>)Triangle),
            ResampleFilter.Bicubic => (2.0, Cubic),
            ResampleFilter.Box => (0.5, Box),
            ResampleFilter.Hamming => (1.0, Hamming),
            ResampleFilter.Lanczos => (3.0, Lanczos),
            _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "this filter has no kernel"),
        };
        OutputLength = outputLength;
        double scale = (double)inputLength / outputLength, stretch = Math.Max(scale, 1.0), support = halfWidth * stretch;
        Taps = checked((int)Math.Ceiling(support) * 2 + 1);
        Start = new int[outputLength];
        Count = new int[outputLength];
        _weights = new double[checked(outputLength * Taps)];
        double perPixel = 1.0 / stretch;
        for (int i = 0; i < outputLength; i++)
        {
            double centre = (i + 0.5) * scale;
            int low = Math.Max((int)(centre - support + 0.5), 0), high = Math.Min((int)(centre + support + 0.5), inputLength);
            Span<double> weights = _weights.AsSpan(i * Taps, high - low);
            double sum = 0;
            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] = function((j + low - centre + 0.5) * perPixel);
                sum += weights[j];
            }

            for (int j = 0; j < weights.Length && sum != 0; j++)
            {
                weights[j] /= sum;
            }

            Start[i] = low;
            Count[i] = weights.Length;
        }
    }

    internal int OutputLength { get; }

    /// <summary>Room for weights per output.</summary>
    internal int Taps { get; }

    internal int[] Start { get; }

    internal int[] Count { get; }

    internal ReadOnlySpan<double> Weights(int output) => _weights.AsSpan(output * Taps, Count[output]);

    /// <summary>All weights times 2^<paramref name="bits"/>, rounded half away from zero.</summary>
    internal int[] FixedPoint(int bits)
    {
        double one = 1 << bits;
        return Array.ConvertAll(_weights, w => (int)(w < 0 ? -0.5 + w * one : 0.5 + w * one));
    }

    private static double Triangle(double x) => Math.Max(1 - Math.Abs(x), 0);

    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }

    private static double Box(double x) => x is > -0.5 and <= 0.5 ? 1 : 0;

    private static double Hamming(double x)
    {
        x = Math.Abs(x);
        return x == 0 ? 1 : x >= 1 ? 0 : Math.Sin(x * Math.PI) / (x * Math.PI) * (0.54 + 0.46 * Math.Cos(x * Math.PI));
    }

    private static double Lanczos(double x) => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0;

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
