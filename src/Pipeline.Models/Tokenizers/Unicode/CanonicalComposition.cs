using System.Text;

namespace Pipeline.Models.Tokenizers.Unicode;

/// <summary>
/// Unicode normalisation form C (Unicode Standard Annex 15), from our own table: <c>string.Normalize</c> returns its input unchanged in
/// a process without ICU (invariant globalisation), silently, and token ids must not depend on that. Unicode 14.0 (canonical.py makes the table).
/// </summary>
public static class CanonicalComposition
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, HangulCount = LeadCount * VowelCount * TailCount;

    // Nothing below U+0300 changes under form C, and no character below it combines with its predecessor.
    private const char FirstThatMayChange = '\u0300';

    private static readonly CanonicalTable s_table = CanonicalTable.Load();

    /// <summary>The text in form C. A lone surrogate becomes U+FFFD.</summary>
    public static string Normalize(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(FirstThatMayChange, char.MaxValue) < 0)
        {
            return text;
        }

        List<int> points = new(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, points);
        }

        Order(points);
        Compose(points);
        StringBuilder result = new(text.Length);
        foreach (int point in points)
        {
            result.Append(new Rune(point).ToString());
        }

        return result.ToString();
    }

    private static void Decompose(int point, List<int> into)
    {
        int hangul = point - HangulBase;
        if ((uint)hangul < HangulCount)
        {
            into.Add(LeadBase + (hangul / (VowelCount * TailCount)));
            into.Add(VowelBase + (hangul % (VowelCount * TailCount) / TailCount));
            if (hangul % TailCount != 0)
            {
                into.Add(TailBase + (hangul % TailCount));
            }
        }
        else if (s_table.Decompositions.TryGetValue(point, out (int First, int Second) parts))
        {
            Decompose(parts.First, into);
            if (parts.Second != 0)
            {
                into.Add(parts.Second); // a second part never decomposes further
            }
        }
        else
        {
            into.Add(point);
        }
    }

    /// <summary>Stable sort of every run of combining marks by their class (UAX 15, canonical ordering).</summary>
    private static void Order(List<int> points)
    {
        for (int start = 0; start < points.Count;)
        {
            int end = start;
            while (end < points.Count && Class(points[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] sorted = [.. points.GetRange(start, end - start).OrderBy(Class)];
                for (int i = 0; i < sorted.Length; i++)
                {
                    points[start + i] = sorted[i];
                }
            }

            start = end + 1;
        }
    }

    private static void Compose(List<int> points)
    {
        int starter = -1, write = 0, lastClass = -1;
        foreach (int point in points.ToArray())
        {
            int combining = Class(point);
            // A mark is blocked from the starter by an equal or higher class between them; a starter only composes with its direct neighbour.
            if (starter >= 0 && lastClass < combining && TryCompose(points[starter], point, out int composed))
            {
                points[starter] = composed;
                continue;
            }

            if (combining == 0)
            {
                (starter, lastClass) = (write, -1);
            }
            else
            {
                lastClass = combining;
            }

            points[write++] = point;
        }

        points.RemoveRange(write, points.Count - write);
    }

    private static bool TryCompose(int first, int second, out int composed)
    {
        int lead = first - LeadBase, vowel = second - VowelBase, tail = second - TailBase, syllable = first - HangulBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            composed = HangulBase + (((lead * VowelCount) + vowel) * TailCount);
            return true;
        }

        if ((uint)syllable < HangulCount && syllable % TailCount == 0 && tail > 0 && tail < TailCount)
        {
            composed = first + tail;
            return true;
        }

        return s_table.Compositions.TryGetValue((first, second), out composed);
    }

    private static int Class(int point) => s_table.Classes.GetValueOrDefault(point);
}
