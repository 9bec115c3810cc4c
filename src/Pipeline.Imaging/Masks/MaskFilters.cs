namespace Pipeline.Imaging.Masks;

/// <summary>Neighbourhood operations on maps.</summary>
public static class MaskFilters
{
    /// <summary>Mean over the 3x3 neighbourhood; the edge pixels are repeated outwards.</summary>
    public static MaskImage BoxBlur3(this MaskImage map) => Separable(map, [1 / 3.0, 1 / 3.0, 1 / 3.0], (i, n) => Math.Clamp(i, 0, n - 1));

    /// <summary>
    /// Gaussian blur of <paramref name="sigma"/> pixels, cut at four sigmas, the map mirrored about its edges (scipy's <c>gaussian_filter</c>, mode "reflect").
    /// Sigma 0 changes nothing.
    /// </summary>
    public static MaskImage Gaussian(this MaskImage map, double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sigma);
        int radius = (int)(4 * sigma + 0.5);
        double[] kernel = new double[2 * radius + 1];
        for (int i = -radius; i <= radius; i++)
        {
            kernel[i + radius] = radius == 0 ? 1 : Math.Exp(-0.5 * i * i / (sigma * sigma));
        }

        double sum = kernel.Sum();
        return Separable(map, Array.ConvertAll(kernel, k => k / sum), Mirror);
    }

    /// <summary>Largest value within <paramref name="radius"/> pixels (a disc; grey dilation). Radius 0 changes nothing.</summary>
    public static MaskImage Dilate(this MaskImage map, double radius)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        int reach = (int)radius;
        var result = new MaskImage(map.Width, map.Height, [.. map.Values]);
        for (int dy = 0; dy <= Math.Min(reach, map.Height - 1); dy++)
        {
            // A disc is a stack of horizontal runs, so each of its rows is one sliding maximum, used above and below.
            int half = (int)Math.Sqrt(radius * radius - (double)dy * dy);
            for (int y = 0; y < map.Height; y++)
            {
                float[] widened = SlidingMaximum(map.Row(y), half);
                Raise(result, y - dy, widened);
                Raise(result, y + dy, widened);
            }
        }

        return result;
    }

    private static void Raise(MaskImage target, int y, float[] values)
    {
        if (y < 0 || y >= target.Height)
        {
            return;
        }

        Span<float> row = target.Row(y);
        for (int x = 0; x < row.Length; x++)
        {
            row[x] = Math.Max(row[x], values[x]);
        }
    }

    /// <summary>Largest value of each window of 2 half + 1, in linear time by a queue of falling candidates.</summary>
    private static float[] SlidingMaximum(ReadOnlySpan<float> row, int half)
    {
        float[] result = new float[row.Length];
        int[] queue = new int[row.Length];
        int head = 0, tail = 0;
        for (int i = 0; i < row.Length + half; i++)
        {
            if (i < row.Length)
            {
                while (tail > head && row[queue[tail - 1]] <= row[i])
                {
                    tail--;
                }

                queue[tail++] = i;
            }

            int centre = i - half;
            if (centre >= 0)
            {
                while (queue[head] < centre - half)
                {
                    head++;
                }

                result[centre] = row[queue[head]];
            }
        }

        return result;
    }

    private static int Mirror(int index, int length)
    {
        int period = 2 * length;
        index = (index % period + period) % period;
        return index < length ? index : period - 1 - index;
    }

    private static MaskImage Separable(MaskImage map, double[] kernel, Func<int, int, int> edge)
    {
        ArgumentNullException.ThrowIfNull(map);
        int radius = kernel.Length / 2;
        var rows = new MaskImage(map.Width, map.Height);
        var result = new MaskImage(map.Width, map.Height);
        int[] columns = [.. Enumerable.Range(-radius, map.Width + 2 * radius).Select(x => edge(x, map.Width))];
        for (int y = 0; y < map.Height; y++)
        {
            ReadOnlySpan<float> source = map.Row(y);
            Span<float> target = rows.Row(y);
            for (int x = 0; x < map.Width; x++)
            {
                double sum = 0;
                for (int k = 0; k < kernel.Length; k++)
                {
                    sum += kernel[k] * source[columns[x + k]];
                }

                target[x] = (float)sum;
            }
        }

        double[] sums = new double[map.Width];
        for (int y = 0; y < map.Height; y++)
        {
            Array.Clear(sums);
            for (int k = 0; k < kernel.Length; k++)
            {
                ReadOnlySpan<float> source = rows.Row(edge(y + k - radius, map.Height));
                for (int x = 0; x < sums.Length; x++)
                {
                    sums[x] += kernel[k] * source[x];
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
}
