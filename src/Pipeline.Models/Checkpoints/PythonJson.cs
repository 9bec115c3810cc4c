namespace Pipeline.Models.Checkpoints;

/// <summary>
/// Python writes <c>Infinity</c>, <c>-Infinity</c> and <c>NaN</c> into JSON, which JSON does not have; published scheduler configurations contain them
/// (<c>"lambda_min_clipped": -Infinity</c>).
/// </summary>
public static class PythonJson
{
    private static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    private static ReadOnlySpan<byte> NotANumber => "NaN"u8;

    /// <summary>
    /// The same text with those tokens, outside of strings, replaced by numbers that read as infinite (1e999), NaN by 0; the very same memory when there are none. Lengths do not
    /// change, so positions in error messages stay right.
    /// </summary>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> text)
    {
        if (text.Span.IndexOf(Infinity) < 0 && text.Span.IndexOf(NotANumber) < 0)
        {
            return text;
        }

        byte[] copy = text.ToArray();
        bool inString = false;
        for (int i = 0; i < copy.Length; i++)
        {
            if (inString)
            {
                // A backslash takes the next byte with it.
                (i, inString) = copy[i] == (byte)'\\' ? (i + 1, true) : (i, copy[i] != (byte)'"');
            }
            else if (copy[i] == (byte)'"')
            {
                inString = true;
            }
            else
            {
                Replace(copy.AsSpan(i), Infinity, "1e999   "u8);
                Replace(copy.AsSpan(i), NotANumber, "0e0"u8);
            }
        }

        return copy;
    }

    private static void Replace(Span<byte> at, ReadOnlySpan<byte> token, ReadOnlySpan<byte> number)
    {
        if (at.StartsWith(token))
        {
            number.CopyTo(at);
        }
    }
}
