namespace Pipeline.Diffusion.Attention;

/// <summary>In which steps each word's maps are replaced: alpha_time[k, j] in {0, 1}, Prompt-to-Prompt's <c>cross_replace_steps</c>.</summary>
/// <remarks>arXiv:2208.01626, official code: an interval (a, b) of fractions covers the rows [int(a (N+1)), int(b (N+1))) of N + 1; N + 1, not N.</remarks>
public sealed class WordSchedule
{
    private readonly float[] values;

    /// <summary>All words share one interval, except those named.</summary>
    /// <param name="steps">N.</param>
    /// <param name="length">Positions of the text encoder.</param>
    /// <param name="interval">Interval of all other words, (0, b) for a single fraction b.</param>
    /// <param name="overrides">Intervals of words with the positions of their tokens, later ones over earlier ones.</param>
    public WordSchedule(int steps, int length, (double From, double Until) interval, IEnumerable<((double From, double Until) Interval, IReadOnlyList<int> Positions)>? overrides = null)
    {
        Rows = steps + 1;
        Length = length;
        values = new float[Rows * length];
        Fill(interval, [.. Enumerable.Range(0, length)]);
        foreach (((double From, double Until) own, IReadOnlyList<int> positions) in overrides ?? [])
        {
            Fill(own, positions);
        }
    }

    /// <summary>N + 1.</summary>
    public int Rows { get; }

    /// <summary>Positions of the text encoder.</summary>
    public int Length { get; }

    /// <summary>The table, Rows x Length.</summary>
    public IReadOnlyList<float> Values => values;

    /// <summary>alpha_time of step <paramref name="step"/>, by position.</summary>
    public ReadOnlySpan<float> Row(int step) => values.AsSpan(Math.Min(step, Rows - 1) * Length, Length);

    /// <summary>Whether any word is replaced in step <paramref name="step"/>.</summary>
    public bool IsActive(int step) => Row(step).ContainsAnyExcept(0f);

    private void Fill((double From, double Until) interval, IReadOnlyList<int> positions)
    {
        (int from, int until) = ((int)(interval.From * Rows), (int)(interval.Until * Rows));
        for (int step = 0; step < Rows; step++)
        {
            foreach (int position in positions)
            {
                values[step * Length + position] = step >= from && step < until ? 1 : 0;
            }
        }
    }
}
