namespace Pipeline.Evaluation.Metrics;

/// <summary>How far an edit moved a picture towards its emotion, from the zero-shot distributions of some classifier (EDITING 16.7).</summary>
/// <param name="Top1">The target is the most probable emotion of the edited picture.</param>
/// <param name="Probability">Probability of the target in the edited picture.</param>
/// <param name="Gain">The same minus its probability in the source.</param>
/// <param name="Distance">Jensen-Shannon distance of the edited distribution to the target alone: square root of the divergence with logarithms to base 2, 0..1.</param>
/// <param name="SourceHadIt">The source already showed the target most; such items are reported apart.</param>
public sealed record EmotionScores(bool Top1, double Probability, double Gain, double Distance, bool SourceHadIt)
{
    /// <summary>Scores of one edit.</summary>
    /// <param name="source">Distribution over emotions before; sums to 1.</param>
    /// <param name="edited">Distribution over the same emotions after.</param>
    /// <param name="target">Index of the wanted emotion.</param>
    /// <exception cref="ArgumentException">Not distributions of one length.</exception>
    public static EmotionScores Compute(ReadOnlySpan<double> source, ReadOnlySpan<double> edited, int target)
    {
        if (source.Length != edited.Length || target < 0 || target >= edited.Length || !IsDistribution(source) || !IsDistribution(edited))
        {
            throw new ArgumentException("two distributions over the same emotions are needed, non-negative and summing to 1, and a target among them");
        }

        double p = edited[target];
        return new EmotionScores(ArgMax(edited) == target, p, p - source[target], DistanceToOneHot(edited, target), ArgMax(source) == target);
    }

    private static bool IsDistribution(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            if (!(value >= 0))
            {
                return false;
            }

            sum += value;
        }

        return Math.Abs(sum - 1) < 1e-3;
    }

    private static int ArgMax(ReadOnlySpan<double> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    // JS(p, e) with m = (p + e) / 2: every emotion but the target contributes p_i log2(p_i / (p_i / 2)) = p_i to KL(p, m).
    private static double DistanceToOneHot(ReadOnlySpan<double> p, int target)
    {
        double middle = (p[target] + 1) / 2, others = 0;
        for (int i = 0; i < p.Length; i++)
        {
            others += i == target ? 0 : p[i];
        }

        double fromEdited = others + (p[target] > 0 ? p[target] * Math.Log2(p[target] / middle) : 0);
        double fromTarget = Math.Log2(1 / middle);
        return Math.Sqrt(Math.Clamp((fromEdited + fromTarget) / 2, 0, 1));
    }
}
