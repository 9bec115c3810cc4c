namespace Pipeline.Cli.Parity;

/// <summary>One row of a parity report.</summary>
/// <param name="Name">Key in the expected file, or a text that names what was compared.</param>
/// <param name="Status">The outcome.</param>
/// <param name="MaximumError">Largest absolute difference of an element; the number of differing entries for texts and ids; NaN when nothing could be compared.</param>
/// <param name="Tolerance">What was allowed, as text: <c>1e-5 + 1e-4 rel</c>, <c>exact</c>.</param>
/// <param name="Note">What is wrong or special; empty otherwise.</param>
public sealed record TensorComparison(string Name, ComparisonStatus Status, double MaximumError, string Tolerance, string Note = "")
{
    /// <summary>Compares two values that must be equal, such as texts and numbers of a table.</summary>
    public static TensorComparison Equal<T>(string name, T expected, T actual)
    {
        bool same = EqualityComparer<T>.Default.Equals(expected, actual);
        return new TensorComparison(name, same ? ComparisonStatus.Passed : ComparisonStatus.Failed, same ? 0 : 1, "exact",
            same ? "" : $"expected {Shorten(expected)}, got {Shorten(actual)}");
    }

    /// <summary>Compares two lists that must be equal entry by entry, such as token ids.</summary>
    public static TensorComparison EqualLists<T>(string name, IReadOnlyList<T> expected, IReadOnlyList<T> actual)
    {
        int common = Math.Min(expected.Count, actual.Count);
        int different = Math.Abs(expected.Count - actual.Count);
        int first = different > 0 ? common : -1;
        for (int i = common - 1; i >= 0; i--)
        {
            if (!EqualityComparer<T>.Default.Equals(expected[i], actual[i]))
            {
                different++;
                first = i;
            }
        }

        string note = different == 0 ? "" : $"{expected.Count} entries expected, {actual.Count} got; from entry {first}: "
            + $"expected {Excerpt(expected, first)}, got {Excerpt(actual, first)}";
        return new TensorComparison(name, different == 0 ? ComparisonStatus.Passed : ComparisonStatus.Failed, different, "exact", note);
    }

    private static string Excerpt<T>(IReadOnlyList<T> list, int first) => $"[{string.Join(", ", list.Skip(first).Take(4))}…]";

    private static string Shorten<T>(T value)
    {
        string text = value?.ToString() ?? "nothing";
        return text.Length <= 80 ? $"'{text}'" : $"'{text[..80]}…'";
    }
}
