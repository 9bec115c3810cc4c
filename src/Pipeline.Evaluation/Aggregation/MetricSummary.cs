using Pipeline.Models.Generation;

namespace Pipeline.Evaluation.Aggregation;

/// <summary>What a table says about many values of one metric.</summary>
/// <param name="Count">Values that are numbers.</param>
/// <param name="Missing">Values that are not (identical, empty region, failed item).</param>
/// <param name="Mean">Arithmetic mean; null without numbers.</param>
/// <param name="StandardDeviation">With n - 1 in the denominator; null under two numbers.</param>
/// <param name="Median">Mean of the two middle values for an even count.</param>
/// <param name="Low">Lower end of the 95 % bootstrap interval of the mean.</param>
/// <param name="High">Upper end of it.</param>
public sealed record MetricSummary(int Count, int Missing, double? Mean, double? StandardDeviation, double? Median, double? Low, double? High)
{
    /// <summary>Resamples of the bootstrap unless said otherwise.</summary>
    public const int DefaultResamples = 1000;

    /// <summary>
    /// Summarises values; the order they come in does not matter. The interval is the percentile bootstrap (Efron and Tibshirani 1993, chapter 13): the 2.5 and 97.5
    /// percentiles of the means of <paramref name="resamples"/> samples drawn with replacement, reproducible by <paramref name="seed"/>.
    /// </summary>
    public static MetricSummary Of(IEnumerable<double?> values, ulong seed = 0, int resamples = DefaultResamples)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        double?[] all = [.. values];
        double[] numbers = [.. all.Where(v => v is { } number && double.IsFinite(number)).Select(v => v!.Value).Order()];
        int missing = all.Length - numbers.Length;
        if (numbers.Length == 0)
        {
            return new MetricSummary(0, missing, null, null, null, null, null);
        }

        double mean = numbers.Average();
        double? deviation = numbers.Length < 2 ? null : Math.Sqrt(numbers.Sum(v => (v - mean) * (v - mean)) / (numbers.Length - 1));
        double[] means = ResampledMeans(numbers, seed, resamples);
        return new MetricSummary(numbers.Length, missing, mean, deviation, Percentile(numbers, 50), Percentile(means, 2.5), Percentile(means, 97.5));
    }

    private static double[] ResampledMeans(double[] numbers, ulong seed, int resamples)
    {
        var random = new SplitMix64(seed);
        double[] means = new double[resamples];
        for (int i = 0; i < resamples; i++)
        {
            double sum = 0;
            for (int j = 0; j < numbers.Length; j++)
            {
                sum += numbers[random.Next(numbers.Length)];
            }

            means[i] = sum / numbers.Length;
        }

        Array.Sort(means);
        return means;
    }

    // Linear between the nearest ranks, like numpy.
    private static double Percentile(double[] sorted, double percent)
    {
        double rank = percent / 100 * (sorted.Length - 1);
        int below = (int)rank, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }
}
