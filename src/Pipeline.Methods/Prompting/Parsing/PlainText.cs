using System.Text;

namespace Pipeline.Methods.Prompting;

/// <summary>Small text operations that the prompting code shares. All are linear in the text's length.</summary>
internal static class PlainText
{
    /// <summary>Runs of white space and control characters become one blank; no blanks at the ends; unpaired surrogates become U+FFFD.</summary>
    public static string Collapse(string text)
    {
        var builder = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsWhiteSpace(c) || char.IsControl(c) || c is '\u200b' or '\ufeff')
            {
                if (builder.Length > 0 && builder[^1] != ' ')
                    builder.Append(' ');
            }
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                builder.Append(c).Append(text[++i]);
            }
            else
            {
                builder.Append(char.IsSurrogate(c) ? '\ufffd' : c);
            }
        }
        if (builder.Length > 0 && builder[^1] == ' ')
            builder.Length--;
        return builder.ToString();
    }

    /// <summary>At most <paramref name="length"/> characters, cut between words where there is a blank, never inside a surrogate pair.</summary>
    public static string CutAtWord(string text, int length)
    {
        if (text.Length <= length)
            return text;
        if (length <= 0)
            return "";
        var end = text[length] == ' ' ? length : text.LastIndexOf(' ', length - 1, length);
        if (end <= 0)
            end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text[..end].TrimEnd();
    }

    /// <summary>Unpaired surrogates, which no encoder accepts, become U+FFFD.</summary>
    public static string WithoutLoneSurrogates(string text)
    {
        var at = 0;
        while (at < text.Length && !char.IsSurrogate(text[at]))
            at++;
        if (at == text.Length)
            return text;
        var chars = text.ToCharArray();
        for (; at < chars.Length; at++)
        {
            if (char.IsHighSurrogate(chars[at]) && at + 1 < chars.Length && char.IsLowSurrogate(chars[at + 1]))
                at++;
            else if (char.IsSurrogate(chars[at]))
                chars[at] = '\ufffd';
        }
        return new string(chars);
    }

    /// <summary>Lower-case letters and digits only: how keys are compared.</summary>
    public static string Key(string text)
    {
        var builder = new StringBuilder(Math.Min(text.Length, 64));
        foreach (var c in text)
        {
            if (char.IsLetterOrDigit(c))
                builder.Append(char.ToLowerInvariant(c));
            if (builder.Length == 64)
                break;
        }
        return builder.ToString();
    }
}
