namespace Pipeline.Models.Generation;

/// <summary>
/// Draws one token from logits: temperature, then the top-k cut, then the nucleus cut (Holtzman et al. 2019, arXiv 1904.09751), then one uniform number.
/// A pure function of its arguments.
/// </summary>
public static class TokenSampler
{
    /// <summary>The token at which the cumulative probability first exceeds <paramref name="uniform"/>, over tokens from likely to unlikely.</summary>
    /// <param name="logits">Raw logits of one row; not-a-number counts as impossible.</param>
    /// <param name="options">Temperature above 0; see <see cref="GenerationOptions"/>.</param>
    /// <param name="uniform">In [0, 1).</param>
    public static int Choose(ReadOnlySpan<float> logits, GenerationOptions options, double uniform)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Temperature);
        ArgumentOutOfRangeException.ThrowIfZero(logits.Length);
        var tokens = new int[logits.Length];
        var negated = new double[logits.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = i;
            negated[i] = float.IsNaN(logits[i]) ? double.PositiveInfinity : -(double)logits[i];
        }

        Array.Sort(negated, tokens);
        var kept = options.TopK > 0 ? Math.Min(options.TopK, tokens.Length) : tokens.Length;
        var weights = new double[kept];
        var total = 0.0;
        for (var i = 0; i < kept; i++)
        {
            weights[i] = Math.Exp((negated[0] - negated[i]) / options.Temperature);
            total += weights[i];
        }

        if (options.TopP < 1.0)
        {
            (kept, total) = Nucleus(weights, total, options.TopP);
        }

        var target = uniform * total;
        var sum = 0.0;
        for (var i = 0; i < kept; i++)
        {
            sum += weights[i];
            if (sum > target)
            {
                return tokens[i];
            }
        }

        return tokens[kept - 1];
    }

    private static (int Kept, double Total) Nucleus(double[] weights, double total, double topP)
    {
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += weights[i];
            if (sum >= topP * total)
            {
                return (i + 1, sum);
            }
        }

        return (weights.Length, total);
    }
}
