using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Ledger.Accounting;

/// <summary>Texts from outside, cut to what is kept.</summary>
internal static class Text
{
    /// <summary>The first characters of a text, never half of a pair.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    /// <inheritdoc cref="Cut" />
    [return: NotNullIfNotNull(nameof(text))]
    public static string? CutOrNull(string? text, int length) => text is null ? null : Cut(text, length);
}
