using Pipeline.Models.Tokenizers;

namespace Pipeline.Models.LlavaNext;

/// <summary>Finds which characters of a decoded text each token wrote.</summary>
public static class TokenSpans
{
    private const char Replacement = '\uFFFD';

    /// <summary>
    /// One range a token, in order. A token's range is what the decoded text grows by; tokens that carry only some bytes of a character all get that
    /// character; tokens that write nothing (end token, stripped spaces) get an empty range.
    /// </summary>
    public static IReadOnlyList<TextSpan> Of(ITokenizer tokenizer, IReadOnlyList<int> ids, string text)
    {
        var ends = new int[ids.Count];
        var unfinished = new bool[ids.Count];
        var end = 0;
        for (var i = 0; i < ids.Count; i++)
        {
            var prefix = tokenizer.Decode([.. ids.Take(i + 1)]);
            end = Math.Max(end, CommonLength(prefix, text));
            ends[i] = end;
            unfinished[i] = prefix.Length > end && prefix[^1] == Replacement;
        }

        return [.. Enumerable.Range(0, ids.Count).Select(i => Span(i, ends, unfinished))];
    }

    private static TextSpan Span(int i, int[] ends, bool[] unfinished)
    {
        var start = i == 0 ? 0 : ends[i - 1];
        var last = i;
        while (unfinished[last] && last + 1 < ends.Length)
        {
            last++;
        }

        return new TextSpan(start, ends[last] - start);
    }

    private static int CommonLength(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        var i = 0;
        while (i < length && a[i] == b[i])
        {
            i++;
        }

        return i;
    }
}
