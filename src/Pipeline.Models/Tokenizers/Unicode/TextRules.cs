using System.Globalization;
using System.Text;

namespace Pipeline.Models.Tokenizers.Unicode;

/// <summary>The text functions that the published tokenizers were defined with, where .NET's differ from them.</summary>
internal static class TextRules
{
    /// <summary>The White_Space property: what <c>\s</c> matches in the tokenizers' patterns.</summary>
    public static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune);

    /// <summary>\p{L}.</summary>
    public static bool IsLetter(Rune rune) => Rune.IsLetter(rune);

    /// <summary>\p{N}: digits, letter numbers and other numbers.</summary>
    public static bool IsNumber(Rune rune) => Rune.IsNumber(rune);

    /// <summary>Python's str.strip(): White_Space and the four separators U+001C to U+001F.</summary>
    public static string Strip(string text) => TrimEnd(TrimStart(text));

    /// <summary>Python's str.lstrip().</summary>
    public static string TrimStart(string text)
    {
        int start = 0;
        while (start < text.Length && IsPythonSpace(text[start]))
        {
            start++;
        }

        return text[start..];
    }

    /// <summary>Python's str.rstrip().</summary>
    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsPythonSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>Every run of White_Space becomes one space; then Python's strip.</summary>
    public static string CollapseSpace(string text)
    {
        StringBuilder result = new(text.Length);
        bool inSpace = false;
        foreach (char c in text)
        {
            bool space = char.IsWhiteSpace(c);
            if (!space)
            {
                result.Append(c);
            }
            else if (!inSpace)
            {
                result.Append(' ');
            }

            inSpace = space;
        }

        return Strip(result.ToString());
    }

    /// <summary>
    /// Lower case by Unicode's full mapping: one character at a time, except U+0130, which becomes two, and the capital sigma, which at the end of a
    /// word becomes the final form.
    /// </summary>
    public static string Lower(string text)
    {
        StringBuilder result = new(text.Length);
        int index = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case 0x130:
                    result.Append("i\u0307");
                    break;
                case 0x3A3:
                    result.Append(IsFinalSigma(text, index) ? '\u03C2' : '\u03C3');
                    break;
                default:
                    result.Append(Rune.ToLowerInvariant(rune).ToString());
                    break;
            }

            index += rune.Utf16SequenceLength;
        }

        return result.ToString();
    }

    /// <summary>Replaces lone surrogates by U+FFFD, so that every later step works on whole characters.</summary>
    public static string WholeCharacters(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
                }

                i++;
            }
        }

        return text;
    }

    /// <summary>Final_Sigma (Unicode Standard, table 3-17): a cased letter before, none after, case-ignorable characters skipped.</summary>
    private static bool IsFinalSigma(string text, int index)
    {
        int before = index - 1;
        while (before >= 0 && IsCaseIgnorable(text, before))
        {
            before--;
        }

        int after = index + 1;
        while (after < text.Length && IsCaseIgnorable(text, after))
        {
            after++;
        }

        return before >= 0 && IsCased(text, before) && !(after < text.Length && IsCased(text, after));
    }

    private static bool IsCaseIgnorable(string text, int index) =>
        text[index] is '\'' or '.' or ':' or '\u00B7' or '\u2019' or '\u2018' or '\u2024' or '\u2027' or '\u0387' or '\u055F' or '\u05F4'
        || CharUnicodeInfo.GetUnicodeCategory(text, index) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static bool IsCased(string text, int index) =>
        CharUnicodeInfo.GetUnicodeCategory(text, index) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool IsPythonSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';
}
