using System.Text;
using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// GPT-2's split into words: contractions, runs of letters, of numbers or of others, each with one space in front if there is one; white space that
/// ends the text or has more white space behind it stays together without its last character.
/// </summary>
internal static class Gpt2Words
{
    private static readonly string[] s_contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <summary>The words of a text; joined they are the text.</summary>
    public static List<string> Split(string text)
    {
        List<string> words = [];
        for (int i = 0; i < text.Length;)
        {
            int length = Array.Find(s_contractions, c => string.CompareOrdinal(text, i, c, 0, c.Length) == 0)?.Length ?? 0;
            length = length > 0 ? length : WordLength(text, i);
            words.Add(text.Substring(i, length));
            i += length;
        }

        return words;
    }

    private static int WordLength(string text, int start)
    {
        // " ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"
        int lead = text[start] == ' ' ? 1 : 0;
        if (start + lead < text.Length && KindAt(text, start + lead) is { } kind && kind != Kind.Space)
        {
            return lead + Run(text, start + lead, kind);
        }

        // "\s+(?!\S)|\s+": a run of spaces leaves its last one to the word behind it, unless it has only one.
        int run = Run(text, start, Kind.Space);
        bool atEnd = start + run == text.Length;
        return atEnd || run == 1 ? run : run - 1; // all White_Space characters are one UTF-16 unit
    }

    private static int Run(string text, int start, Kind kind)
    {
        int i = start;
        while (i < text.Length && KindAt(text, i) == kind)
        {
            i += Rune.GetRuneAt(text, i).Utf16SequenceLength;
        }

        return i - start;
    }

    private static Kind KindAt(string text, int index)
    {
        Rune rune = Rune.GetRuneAt(text, index);
        return TextRules.IsLetter(rune) ? Kind.Letter : TextRules.IsNumber(rune) ? Kind.Number : TextRules.IsSpace(rune) ? Kind.Space : Kind.Other;
    }
}
