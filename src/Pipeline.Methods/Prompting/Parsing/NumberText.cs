using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Methods.Prompting;

/// <summary>Numbers as people and models write them.</summary>
internal static partial class NumberText
{
    private static readonly string[] Words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

    /// <summary>
    /// An importance on the scale of 10: <c>8/10</c>, <c>8 out of 10</c>, <c>4/5</c>, <c>80%</c>, <c>8 (high)</c>, <c>eight</c>, <c>high</c>. Null where there is none.
    /// </summary>
    public static double? Importance(string text)
    {
        text = text.Trim().ToLowerInvariant();
        if (text.Length > 200)
            return null;
        var match = Ratio().Match(text);
        if (match.Success && TryDouble(match.Groups[1].ValueSpan, out var part) && TryDouble(match.Groups[2].ValueSpan, out var whole) && whole > 0)
            return part * 10 / whole;
        match = First().Match(text);
        if (match.Success && TryDouble(match.Groups[1].ValueSpan, out var value))
            return match.Groups[2].Length > 0 ? value / 10 : value;
        var word = PlainText.Key(text.Split(' ', '-')[0]);
        var index = Array.IndexOf(Words, word);
        if (index >= 0)
            return index;
        return word switch
        {
            "critical" or "highest" or "maximum" => 10,
            "very" when text.Contains("high", StringComparison.Ordinal) || text.Contains("important", StringComparison.Ordinal) => 9,
            "very" when text.Contains("low", StringComparison.Ordinal) => 2,
            "high" or "important" or "major" or "strong" => 8,
            "medium" or "moderate" or "mid" or "average" => 5,
            "low" or "minor" or "weak" => 3,
            _ => null,
        };
    }

    /// <summary>All numbers of a short text in order, e.g. of <c>"(0.1, 0.2) - (0.5, 0.6)"</c>; a minus sign counts only directly before a digit and after no digit.</summary>
    public static List<double> All(string text)
    {
        var numbers = new List<double>();
        foreach (var match in AnyNumber().EnumerateMatches(text.Length > 400 ? text.AsSpan(0, 400) : text))
        {
            if (TryDouble(text.AsSpan(match.Index, match.Length), out var number))
                numbers.Add(number);
        }
        return numbers;
    }

    private static bool TryDouble(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    [GeneratedRegex(@"(-?\d{1,6}(?:\.\d{1,6})?)\s*(?:/|out\s+of|of|von|sur|de)\s*(\d{1,4}(?:\.\d{1,6})?)")]
    private static partial Regex Ratio();

    [GeneratedRegex(@"(-?\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})\s*(%?)")]
    private static partial Regex First();

    [GeneratedRegex(@"(?<![\d.])-?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})(?:[eE][+-]?\d{1,3})?")]
    private static partial Regex AnyNumber();
}
