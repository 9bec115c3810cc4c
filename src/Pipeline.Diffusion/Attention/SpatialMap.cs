namespace Pipeline.Diffusion.Attention;

/// <summary>A picture-sized map of weights in [0, 1], such as the emotion stimulus map M_E (1 = may change). Row-major, immutable by convention.</summary>
public sealed class SpatialMap
{
    /// <summary>Wraps <paramref name="values"/> (not copied).</summary>
    /// <exception cref="DiffusionException">The length is not height x width, or a value is not a number in [0, 1].</exception>
    public SpatialMap(int height, int width, float[] values)
    {
        if (height < 1 || width < 1 || values.Length != (long)height * width)
        {
            throw new DiffusionException($"a map of {height}x{width} needs {(long)height * width} values, got {values.Length}");
        }

        int wrong = Array.FindIndex(values, v => v is not (>= 0 and <= 1));
        if (wrong >= 0)
        {
            throw new DiffusionException($"map value {values[wrong]} at row {wrong / width}, column {wrong % width} is not in [0, 1]");
        }

        (Height, Width, Values) = (height, width, values);
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>The weights, Height x Width.</summary>
    public float[] Values { get; }

    /// <summary>The same weight everywhere.</summary>
    public static SpatialMap Constant(int height, int width, float value)
    {
        float[] values = new float[height * width];
        Array.Fill(values, value);
        return new SpatialMap(height, width, values);
    }

    /// <summary>
    /// The mean of this map over each cell of a grid of any size. Cells that cut pixels weigh them by the covered part, so sides need not divide; on a finer grid a cell takes its pixel's value.
    /// </summary>
    public SpatialMap AreaAverage(int height, int width)
    {
        (int From, double[] Weights)[] rows = Cells(Height, height), columns = Cells(Width, width);
        float[] result = new float[height * width];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double sum = 0;
                for (int r = 0; r < rows[y].Weights.Length; r++)
                {
                    int start = (rows[y].From + r) * Width + columns[x].From;
                    double line = 0;
                    for (int c = 0; c < columns[x].Weights.Length; c++)
                    {
                        line += columns[x].Weights[c] * Values[start + c];
                    }

                    sum += rows[y].Weights[r] * line;
                }

                result[y * width + x] = (float)Math.Clamp(sum, 0, 1);
            }
        }

        return new SpatialMap(height, width, result);
    }

    /// <summary>3x3 Gaussian blur with a sigma of one cell; the border cells are repeated outwards, so a constant map stays as it is.</summary>
    public SpatialMap Gaussian3()
    {
        double side = Math.Exp(-0.5), norm = 1 + 2 * side;
        double[] kernel = [side / norm, 1 / norm, side / norm];
        double[] horizontal = new double[Values.Length];
        float[] result = new float[Values.Length];
        for (int i = 0; i < Values.Length; i++)
        {
            (int y, int x) = (i / Width, i % Width);
            for (int d = -1; d <= 1; d++)
            {
                horizontal[i] += kernel[d + 1] * Values[y * Width + Math.Clamp(x + d, 0, Width - 1)];
            }
        }

        for (int i = 0; i < Values.Length; i++)
        {
            (int y, int x) = (i / Width, i % Width);
            double sum = 0;
            for (int d = -1; d <= 1; d++)
            {
                sum += kernel[d + 1] * horizontal[Math.Clamp(y + d, 0, Height - 1) * Width + x];
            }

            result[i] = (float)Math.Clamp(sum, 0, 1);
        }

        return new SpatialMap(Height, Width, result);
    }

    /// <summary>clamp((m - low) / (high - low), 0, 1): weights up to <paramref name="low"/> become exactly 0, from <paramref name="high"/> on exactly 1.</summary>
    public SpatialMap SoftStep(double low, double high)
    {
        if (!(low < high))
        {
            throw new DiffusionException($"a soft step needs low < high, got {low} and {high}");
        }

        return Select(m => Math.Clamp((m - low) / (high - low), 0, 1));
    }

    /// <summary>1 where the weight exceeds a threshold, 0 elsewhere.</summary>
    public SpatialMap Above(double threshold) => Select(m => m > threshold ? 1 : 0);

    /// <summary>Every weight times a factor in [0, 1].</summary>
    public SpatialMap Scale(double factor) => Select(m => m * factor);

    private SpatialMap Select(Func<double, double> map) => new(Height, Width, Array.ConvertAll(Values, v => (float)map(v)));

    // The source cells under each target cell, and the share of the target cell that each covers.
    private static (int From, double[] Weights)[] Cells(int source, int target)
    {
        var cells = new (int, double[])[target];
        double size = (double)source / target;
        for (int i = 0; i < target; i++)
        {
            // Exact integer bounds of [i, i+1) * source / target, so that whole pixels get whole weights.
            int from = (int)((long)i * source / target), until = (int)(((long)(i + 1) * source + target - 1) / target);
            double[] weights = new double[until - from];
            for (int s = from; s < until; s++)
            {
                weights[s - from] = (Math.Min(s + 1, (i + 1) * size) - Math.Max(s, i * size)) / size;
            }

            cells[i] = (from, weights);
        }

        return cells;
    }
}
