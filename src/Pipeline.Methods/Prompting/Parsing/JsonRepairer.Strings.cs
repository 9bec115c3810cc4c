using System.Globalization;

namespace Pipeline.Methods.Prompting;

/// <summary>Strings and keys: where does a quote end the text, and where is it part of it?</summary>
internal sealed partial class JsonRepairer
{
    private const int MaxBareKey = 48;

    private static bool IsDoubleQuote(char c) => c is '"' or '\u201c' or '\u201d' or '\u201e' or '\u201f' or '\u00ab' or '\u00bb' or '\uff02';

    private static bool IsSingleQuote(char c) => c is '\'' or '\u2018' or '\u2019' or '\u201a' or '\u2039' or '\u203a' or '`' or '\u00b4';

    private static bool IsQuote(char c) => IsDoubleQuote(c) || IsSingleQuote(c);

    /// <summary>Reads a key, quoted or bare. False, with at least one character consumed, where there is none.</summary>
    private bool Key()
    {
        if (IsQuote(Here))
            return String(isKey: true);
        if (!IsKeyStart(Here))
        {
            notes.Add(ParseNoteCodes.StrayCharacter, Here.ToString());
            _separatorIsKnown = true;
            _at++;
            return false;
        }
        var begin = _at;
        while (!AtEnd && _at - begin < MaxBareKey && (IsKeyPart(Here) || Here == ' '))
            _at++;
        var name = text.AsSpan(begin, _at - begin).TrimEnd();
        if (AtEnd)
            return false;
        notes.Add(ParseNoteCodes.BareKey, name.ToString());
        _out.Append('"').Append(name).Append('"');
        return true;
    }

    private static bool IsKeyStart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    private static bool IsKeyPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '-';

    /// <summary>Reads a quoted string. False where the text ends inside a key, which then says nothing.</summary>
    private bool String(bool isKey)
    {
        var open = Here;
        if (open != '"')
            notes.Add(open == '\'' ? ParseNoteCodes.SingleQuotes : ParseNoteCodes.SmartQuotes);
        _at++;
        _out.Append('"');
        var content = _out.Length;
        while (!AtEnd)
        {
            var c = Here;
            if (IsCloser(c, open) && (isKey || ClosesAt(_at + 1, c, open)))
            {
                _at++;
                _out.Append('"');
                return true;
            }
            if (c is '\n' or '\r' && NewItemStartsAt(_at + 1))
            {
                notes.Add(ParseNoteCodes.UnclosedString);
                TrimEnd(content, ", ");
                _out.Append('"');
                return !isKey;
            }
            Character(c);
        }
        notes.Add(ParseNoteCodes.Truncated);
        CutUnfinishedWord(content);
        _out.Append('"');
        return !isKey;
    }

    /// <summary>Takes over what stands inside a string, escaped where JSON wants it.</summary>
    private void Character(char c)
    {
        if (c == '\\')
        {
            Escape();
            return;
        }
        if (c is '\n' or '\r')
        {
            notes.Add(ParseNoteCodes.RawControl, "line break");
            _out.Append(' ');
            _at = SkipSpace(_at);   // all of it at once: a text of line breaks would be looked through again for each of them
            return;
        }
        if (c == '"')
        {
            notes.Add(ParseNoteCodes.InnerQuote);
            _out.Append("\\\"");
        }
        else if (c < ' ')
        {
            notes.Add(ParseNoteCodes.RawControl, $"U+{(int)c:X4}");
            _out.Append(' ');
        }
        else
        {
            _out.Append(c);
        }
        _at++;
    }

    private void Escape()
    {
        var next = _at + 1 < text.Length ? text[_at + 1] : '\0';
        if (next is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't')
        {
            _out.Append('\\').Append(next);
            _at += 2;
        }
        else if (next == 'u' && TryUnicode(_at + 2, out var unit))
        {
            // A half of a pair that is not followed by its other half would make the result unreadable.
            var isPair = char.IsHighSurrogate(unit) && _at + 7 < text.Length && text[_at + 6] == '\\' && text[_at + 7] == 'u'
                && TryUnicode(_at + 8, out var low) && char.IsLowSurrogate(low);
            if (char.IsSurrogate(unit) && !isPair)
            {
                notes.Add(ParseNoteCodes.BadEscape, "half of a surrogate pair");
                _out.Append('\ufffd');
                _at += 6;
                return;
            }
            var length = isPair ? 12 : 6;
            _out.Append(text, _at, length);
            _at += length;
        }
        else
        {
            if (_at + 1 < text.Length)
                notes.Add(ParseNoteCodes.BadEscape, $"\\{next}");
            _at++;
        }
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private bool TryUnicode(int at, out char unit)
    {
        unit = '\0';
        // Number parsing alone is not enough: it lets trailing NUL characters pass.
        if (at + 4 > text.Length || text.AsSpan(at, 4).IndexOfAnyExcept(HexDigits) >= 0)
            return false;
        unit = (char)ushort.Parse(text.AsSpan(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return true;
    }

    private static bool IsCloser(char c, char open) => IsDoubleQuote(open) ? IsDoubleQuote(c) : IsSingleQuote(c);

    /// <summary>Decides by what follows whether a quote ends its string. A quotation mark of another kind than the opening one needs clearer evidence.</summary>
    private bool ClosesAt(int from, char quote, char open)
    {
        var next = SkipSpace(from);
        if (next >= text.Length || text[next] is '}' or ']' or ':' or '\uff1a')
            return true;
        if (IsComma(text[next]))
            return ItemMayStartAt(SkipSpace(next + 1));
        var sameKind = quote == open || open != '"' && open != '\'';
        if (sameKind && _openArrays > 0 && text[next] == ')')
            return true;
        if (!sameKind || next == from)
            return false;
        if (IsQuote(text[next]) || text[next] is '#' or '/')
            return true;
        var lineBreak = text.AsSpan(from, next - from).ContainsAny('\n', '\r');
        return lineBreak && (text[next] is '{' or '[' || IsKeyAt(next));
    }

    private bool ItemMayStartAt(int at) => at >= text.Length || IsQuote(text[at]) || char.IsAsciiDigit(text[at])
        || text[at] is '-' or '{' or '[' or '(' or '}' or ']' or '/' or '#' or '.' or '\u2026' || IsKeyAt(at) || IsLiteralAt(at);

    /// <summary>True where a quoted or bare key and its colon stand.</summary>
    private bool IsKeyAt(int at)
    {
        if (at >= text.Length)
            return false;
        var quoted = IsQuote(text[at]);
        var end = quoted ? at + 1 : at;
        var limit = Math.Min(text.Length, end + MaxBareKey);
        while (end < limit && (IsKeyPart(text[end]) || text[end] == ' '))
            end++;
        if (end == at || quoted && (end >= text.Length || !IsQuote(text[end])))
            return false;
        end = SkipSpace(quoted ? end + 1 : end);
        return end < text.Length && text[end] is ':' or '\uff1a' or '=';
    }

    private bool IsLiteralAt(int at)
    {
        foreach (var literal in (ReadOnlySpan<string>)["true", "false", "null", "True", "False", "None", "NaN"])
        {
            if (string.CompareOrdinal(text, at, literal, 0, literal.Length) == 0)
                return true;
        }
        return false;
    }

    /// <summary>After a line break inside a string: does the new line look like JSON again, so that the closing quote was forgotten?</summary>
    private bool NewItemStartsAt(int at)
    {
        var next = SkipSpace(at);
        return next < text.Length && (text[next] is '}' or ']' || IsQuote(text[next]) && IsKeyAt(next));
    }

    private void TrimEnd(int content, string characters)
    {
        while (_out.Length > content && characters.Contains(_out[^1]))
            _out.Length--;
    }

    /// <summary>At the end of a truncated text a half word would be worse than none.</summary>
    private void CutUnfinishedWord(int content)
    {
        if (_out.Length > content && _out[^1] is '.' or '!' or '?' or '\u3002')
            return;
        var end = _out.Length;
        while (end > content && _out[end - 1] != ' ')
            end--;
        _out.Length = end;
        TrimEnd(content, ", ");
    }
}
