using System.Globalization;

namespace Pipeline.Models.Tests.Lpips;

/// <summary>LPIPS in plain loops and doubles, from the published layer tables: an implementation that shares nothing with the product's.</summary>
internal sealed class LpipsReference(string layers, Func<string, double[]> weights)
{
    /// <summary>torchvision's <c>features</c>: c kernel/stride/padding, f (fire), r (relu), p kernel (pooling with stride 2), P (the same, rounded up), * (tap before the next layer).</summary>
    public const string Alex = "c11/4/2 r * p3 c5/1/2 r * p3 c3/1/1 r * c3/1/1 r * c3/1/1 r *";

    public const string Vgg = "c3/1/1 r c3/1/1 r * p2 c3/1/1 r c3/1/1 r * p2 c3/1/1 r c3/1/1 r c3/1/1 r * p2 c3/1/1 r c3/1/1 r c3/1/1 r * p2 c3/1/1 r c3/1/1 r c3/1/1 r *";

    public const string Squeeze = "c3/2/0 r * P3 f f * P3 f f * P3 f * f * f * f *";

    /// <summary>Distance of two pictures [3][y][x] in −1..1.</summary>
    public double Distance(double[][][] first, double[][][] second)
    {
        double sum = 0;
        foreach (((double[][][] a, double[][][] b), int tap) in Taps(first).Zip(Taps(second)).Select((pair, tap) => (pair, tap)))
        {
            double[] w = weights($"lin{tap}.model.1.weight");
            int height = a[0].Length, width = a[0][0].Length;
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    double lengthA = Math.Sqrt(a.Sum(c => c[y][x] * c[y][x])) + 1e-10, lengthB = Math.Sqrt(b.Sum(c => c[y][x] * c[y][x])) + 1e-10;
                    sum += Enumerable.Range(0, w.Length).Sum(c => w[c] * Math.Pow((a[c][y][x] / lengthA) - (b[c][y][x] / lengthB), 2)) / (height * width);
                }
            }
        }

        return sum;
    }

    private List<double[][][]> Taps(double[][][] picture)
    {
        double[] shift = [-0.030, -0.088, -0.188], scale = [0.458, 0.448, 0.450];
        double[][][] x = [.. picture.Select((plane, c) => plane.Select(row => row.Select(v => (v - shift[c]) / scale[c]).ToArray()).ToArray())];
        List<double[][][]> taps = [];
        int index = 0;
        foreach (string layer in layers.Split(' '))
        {
            if (layer == "*")
            {
                taps.Add(x);
                continue;
            }

            string key = $"features.{index.ToString(CultureInfo.InvariantCulture)}";
            x = layer[0] switch
            {
                'c' when layer[1..].Split('/') is [var k, var s, var p] => Convolve(x, key, int.Parse(k, CultureInfo.InvariantCulture), int.Parse(s, CultureInfo.InvariantCulture), int.Parse(p, CultureInfo.InvariantCulture)),
                'r' => Relu(x),
                'f' => Fire(x, key),
                _ => Pool(x, layer[1] - '0', layer[0] == 'P'),
            };
            index++;
        }

        return taps;
    }

    private double[][][] Fire(double[][][] x, string key)
    {
        double[][][] narrow = Relu(Convolve(x, key + ".squeeze", 1, 1, 0));
        return [.. Relu(Convolve(narrow, key + ".expand1x1", 1, 1, 0)), .. Relu(Convolve(narrow, key + ".expand3x3", 3, 1, 1))];
    }

    private static double[][][] Relu(double[][][] x) => [.. x.Select(p => p.Select(r => r.Select(v => Math.Max(0, v)).ToArray()).ToArray())];

    private double[][][] Convolve(double[][][] x, string key, int kernel, int stride, int padding)
    {
        double[] w = weights(key + ".weight"), bias = weights(key + ".bias");
        int height = x[0].Length, width = x[0][0].Length, channels = x.Length;
        int rows = ((height + (2 * padding) - kernel) / stride) + 1, columns = ((width + (2 * padding) - kernel) / stride) + 1;
        return [.. Enumerable.Range(0, bias.Length).Select(o => Plane(rows, columns, (row, column) =>
        {
            double sum = bias[o];
            for (int c = 0; c < channels; c++)
            {
                for (int i = 0; i < kernel * kernel; i++)
                {
                    int y = (row * stride) + (i / kernel) - padding, at = (column * stride) + (i % kernel) - padding;
                    sum += y >= 0 && y < height && at >= 0 && at < width ? w[(((o * channels) + c) * kernel * kernel) + i] * x[c][y][at] : 0;
                }
            }

            return sum;
        }))];
    }

    private static double[][][] Pool(double[][][] x, int kernel, bool roundUp)
    {
        int Size(int n) => (n - kernel + (roundUp ? 1 : 0)) / 2 + 1;
        int height = x[0].Length, width = x[0][0].Length;
        return [.. x.Select(plane => Plane(Size(height), Size(width), (row, column) =>
        {
            double most = double.NegativeInfinity;
            for (int y = row * 2; y < Math.Min((row * 2) + kernel, height); y++)
            {
                for (int at = column * 2; at < Math.Min((column * 2) + kernel, width); at++)
                {
                    most = Math.Max(most, plane[y][at]);
                }
            }

            return most;
        }))];
    }

    private static double[][] Plane(int rows, int columns, Func<int, int, double> value) =>
        [.. Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, columns).Select(c => value(r, c)).ToArray())];
}
