using System.Text;
using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// CLIP's split into words: the control tokens, the contractions 's 't 're 've 'm 'll 'd, runs of letters, single numbers, runs of anything else
/// that is not white space. Works on whole characters, so letters outside the basic plane are letters.
/// </summary>
internal static class ClipWords
{
    private static readonly string[] s_control = ["<|startoftext|>", "<|endoftext|>"];
    private static readonly string[] s_contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'\u017F"];

    /// <summary>The words of a lower-case text.</summary>
    public static List<string> Split(string text)
    {
        List<string> words = [];
        for (int i = 0; i < text.Length;)
        {
            int length = Fixed(text, i, s_control);
            length = length > 0 ? length : Fixed(text, i, s_contractions);
            Rune first = Rune.GetRuneAt(text, i);
            if (length == 0 && TextRules.IsSpace(first))
            {
                i += first.Utf16SequenceLength;
                continue;
            }

            if (length == 0)
            {
                length = TextRules.IsNumber(first) ? first.Utf16SequenceLength : Run(text, i, TextRules.IsLetter(first));
            }

            words.Add(text.Substring(i, length));
            i += length;
        }

        return words;
    }

    private static int Fixed(string text, int index, string[] candidates)
    {
        foreach (string candidate in candidates)
        {
            if (string.CompareOrdinal(text, index, candidate, 0, candidate.Length) == 0)
            {
                return candidate.Length;
            }
        }

        return 0;
    }

    /// <summary>Length of the run of letters, or of what is neither letter, number nor space. A run of others swallows quotes and control tokens.</summary>
    private static int Run(string text, int start, bool letters)
    {
        int i = start;
        while (i < text.Length)
        {
            Rune rune = Rune.GetRuneAt(text, i);
            bool belongs = letters ? TextRules.IsLetter(rune) : !TextRules.IsLetter(rune) && !TextRules.IsNumber(rune) && !TextRules.IsSpace(rune);
            if (!belongs)
            {
                break;
            }

            i += rune.Utf16SequenceLength;
        }

        return i - start;
    }
}
