using Pipeline.Imaging.Resampling;

namespace Pipeline.Imaging.Masks;

/// <summary>Maps at other sizes.</summary>
public static class MaskResampling
{
    /// <summary>
    /// The map at another size with the weights of <see cref="PillowResize"/> in floating point (Pillow's mode "F"). Bicubic may leave the range of the input by a little: clamp.
    /// </summary>
    public static MaskImage Resize(this MaskImage map, int width, int height, ResampleFilter filter)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (filter == ResampleFilter.Nearest)
        {
            return Apply(map, NearestWeights(map.Width, width), NearestWeights(map.Height, height));
        }

        return Apply(map, KernelWeights(map.Width, width, filter), KernelWeights(map.Height, height, filter));
    }

    /// <summary>
    /// The mean of exactly the area that each output pixel covers, fractions of pixels included; the mean of the map is kept. Also defined for enlarging.
    /// </summary>
    public static MaskImage AreaAverage(this MaskImage map, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(map);
        return Apply(map, AreaWeights(map.Width, width), AreaWeights(map.Height, height));
    }

    private static Axis[] KernelWeights(int input, int output, ResampleFilter filter)
    {
        if (input == output)
        {
            return NearestWeights(input, output);
        }

        var kernel = new ResampleKernel(input, output, filter);
        return [.. Enumerable.Range(0, output).Select(i => new Axis(kernel.Start[i], kernel.Weights(i).ToArray()))];
    }

    private static Axis[] NearestWeights(int input, int output) =>
        [.. Enumerable.Range(0, output).Select(i => new Axis((int)((2L * i + 1) * input / (2L * output)), [1.0]))];

    private static Axis[] AreaWeights(int input, int output)
    {
        double scale = (double)input / output;
        return [.. Enumerable.Range(0, output).Select(i =>
        {
            double from = i * scale, to = Math.Min((i + 1) * scale, input);
            int first = (int)from, last = Math.Min((int)Math.Ceiling(to), input);
            double[] weights = [.. Enumerable.Range(first, last - first).Select(j => (Math.Min(j + 1, to) - Math.Max(j, from)) / (to - from))];
            return new Axis(first, weights);
        })];
    }

    private static MaskImage Apply(MaskImage map, Axis[] columns, Axis[] rows)
    {
        var narrow = new MaskImage(columns.Length, map.Height);
        for (int y = 0; y < map.Height; y++)
        {
            ReadOnlySpan<float> source = map.Row(y);
            Span<float> target = narrow.Row(y);
            for (int x = 0; x < columns.Length; x++)
            {
                double sum = 0;
                for (int j = 0; j < columns[x].Weights.Length; j++)
                {
                    sum += columns[x].Weights[j] * source[columns[x].Start + j];
                }

                target[x] = (float)sum;
            }
        }

        var result = new MaskImage(columns.Length, rows.Length);
        double[] sums = new double[columns.Length];
        for (int y = 0; y < rows.Length; y++)
        {
            Array.Clear(sums);
            for (int j = 0; j < rows[y].Weights.Length; j++)
            {
                ReadOnlySpan<float> source = narrow.Row(rows[y].Start + j);
                for (int x = 0; x < sums.Length; x++)
                {
                    sums[x] += rows[y].Weights[j] * source[x];
                }
            }

            Span<float> target = result.Row(y);
            for (int x = 0; x < sums.Length; x++)
            {
                target[x] = (float)sums[x];
            }
        }

        return result;
    }

    /// <summary>Which inputs, from <paramref name="Start"/> on, make up one output.</summary>
    private readonly record struct Axis(int Start, double[] Weights);
}
