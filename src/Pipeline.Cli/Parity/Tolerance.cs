namespace Pipeline.Cli.Parity;

/// <summary>What may differ: |actual - expected| ≤ <paramref name="Absolute"/> + <paramref name="Relative"/>·|expected|, for all but a share of the elements.</summary>
/// <param name="Absolute">Absolute part.</param>
/// <param name="Relative">Share of the expected magnitude.</param>
/// <param name="Outliers">Share of the elements (0 to 1) that may be further off: for masks and pixels that a threshold or a truncation may flip. 0 by default.</param>
public readonly record struct Tolerance(double Absolute, double Relative = 0, double Outliers = 0)
{
    /// <summary>Every element must be equal.</summary>
    public static Tolerance Exact => default;

    /// <inheritdoc />
    public override string ToString()
    {
        string text = this is { Absolute: 0, Relative: 0 } ? "exact" : Relative == 0 ? $"{Absolute:0.###e0}" : $"{Absolute:0.###e0} + {Relative:0.###e0} rel";
        return Outliers == 0 ? text : $"{text}, {Outliers:0.##%} outliers";
    }

    /// <summary>
    /// Compares element by element. Equal infinities agree and NaN agrees with NaN; any other non-finite difference fails.
    /// </summary>
    /// <param name="name">Name of the row.</param>
    /// <param name="expected">Reference values.</param>
    /// <param name="actual">Our values, as many as the reference's.</param>
    public TensorComparison Compare(string name, ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        if (expected.Length != actual.Length)
        {
            return new TensorComparison(name, ComparisonStatus.Failed, double.NaN, ToString(), $"{expected.Length} elements expected, {actual.Length} got");
        }

        double worst = 0, worstExcess = double.NegativeInfinity;
        int outside = 0, at = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i]))
            {
                continue;
            }

            double difference = Math.Abs(actual[i] - expected[i]);
            difference = double.IsNaN(difference) ? double.PositiveInfinity : difference;
            double allowed = Absolute + (Relative * Math.Abs(expected[i]));
            worst = Math.Max(worst, difference);
            if (!(difference <= allowed))
            {
                outside++;
                (worstExcess, at) = difference - allowed > worstExcess ? (difference - allowed, i) : (worstExcess, at);
            }
        }

        // An empty tensor agrees with an empty tensor.
        bool passed = outside <= Outliers * expected.Length;
        string note = outside == 0 ? "" : at < 0
            ? $"{outside} of {expected.Length} outside"
            : $"{outside} of {expected.Length} outside, worst at {at}: expected {expected[at]:g6}, got {actual[at]:g6}";
        return new TensorComparison(name, passed ? ComparisonStatus.Passed : ComparisonStatus.Failed, worst, ToString(), note);
    }
}
