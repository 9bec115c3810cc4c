using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>A region of the latent found by where the prompt's words are attended to: Prompt-to-Prompt's local blend mask.</summary>
/// <remarks>A. Hertz et al., 2022 (arXiv:2208.01626), local editing; official code of the null-text version: 3x3 max pool, nearest enlargement, division by the maximum, threshold.</remarks>
public static class WordMask
{
    /// <summary>Default threshold.</summary>
    public const double DefaultThreshold = 0.3;

    /// <summary>Mask of the words of one branch: 1 where the words' attention exceeds <paramref name="threshold"/> of its maximum.</summary>
    /// <param name="attention">Attention of the branch [T, L] over a grid of <paramref name="height"/> x <paramref name="width"/>. Not disposed.</param>
    /// <param name="height">Rows of the grid.</param>
    /// <param name="width">Columns of the grid.</param>
    /// <param name="tokens">Positions of the words' tokens; none give an empty mask.</param>
    /// <param name="latentHeight">Rows of the result.</param>
    /// <param name="latentWidth">Columns of the result.</param>
    /// <param name="threshold">In [0, 1).</param>
    /// <param name="pool">Whether to grow the region by the 3x3 max pool.</param>
    public static SpatialMap Of(
        Tensor attention, int height, int width, IReadOnlyList<int> tokens, int latentHeight, int latentWidth, double threshold = DefaultThreshold, bool pool = true)
    {
        using Tensor host = attention.detach().to_type(ScalarType.Float32).cpu().contiguous();
        int length = (int)host.shape[1];
        if (tokens.Any(t => t < 0 || t >= length))
        {
            throw new DiffusionException($"token positions [{string.Join(", ", tokens)}] leave the {length} text positions");
        }

        using TensorAccessor<float> accessor = host.data<float>();
        float[] values = accessor.ToArray();
        double[] words = new double[height * width];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = tokens.Sum(j => (double)values[i * length + j]);
        }

        double[] grown = pool ? MaxPool(words, height, width) : words;
        double peak = grown.Max();
        float[] mask = new float[latentHeight * latentWidth];
        for (int y = 0; y < latentHeight; y++)
        {
            for (int x = 0; x < latentWidth; x++)
            {
                double value = grown[y * height / latentHeight * width + x * width / latentWidth];
                mask[y * latentWidth + x] = peak > 0 && value / peak > threshold ? 1 : 0;
            }
        }

        return new SpatialMap(latentHeight, latentWidth, mask);
    }

    /// <summary>1 where either mask is 1.</summary>
    public static SpatialMap Union(SpatialMap a, SpatialMap b) =>
        new(a.Height, a.Width, [.. a.Values.Zip(b.Values, (x, y) => Math.Max(x, y))]);

    private static double[] MaxPool(double[] values, int height, int width)
    {
        double[] result = new double[values.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double most = double.NegativeInfinity;
                for (int v = Math.Max(0, y - 1); v <= Math.Min(height - 1, y + 1); v++)
                {
                    for (int u = Math.Max(0, x - 1); u <= Math.Min(width - 1, x + 1); u++)
                    {
                        most = Math.Max(most, values[v * width + u]);
                    }
                }

                result[y * width + x] = most;
            }
        }

        return result;
    }
}
