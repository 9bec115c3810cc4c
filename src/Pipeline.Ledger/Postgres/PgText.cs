using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pipeline.Ledger.Postgres;

/// <summary>
/// Texts as PostgreSQL can hold them. It refuses U+0000 and broken surrogate pairs: the first is written as U+E000 '0' (and U+E000 itself as U+E000 '1') and comes back as it was, the second
/// becomes U+FFFD, as in any UTF-8.
/// </summary>
internal static class PgText
{
    private const char Escape = '\uE000';

    [return: NotNullIfNotNull(nameof(text))]
    public static string? In(string? text)
    {
        if (text is null || !NeedsWork(text))
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes()) // a broken pair comes out as U+FFFD
        {
            _ = rune.Value switch
            {
                0 => result.Append(Escape).Append('0'),
                Escape => result.Append(Escape).Append('1'),
                _ => result.Append(rune.ToString()),
            };
        }

        return result.ToString();
    }

    [return: NotNullIfNotNull(nameof(text))]
    public static string? Out(string? text) =>
        text is null || !text.Contains(Escape, StringComparison.Ordinal)
            ? text
            : text.Replace($"{Escape}0", "\0", StringComparison.Ordinal).Replace($"{Escape}1", $"{Escape}", StringComparison.Ordinal);

    private static bool NeedsWork(string text)
    {
        foreach (char c in text)
        {
            if (c is '\0' or Escape || char.IsSurrogate(c))
            {
                return true;
            }
        }

        return false;
    }
}
