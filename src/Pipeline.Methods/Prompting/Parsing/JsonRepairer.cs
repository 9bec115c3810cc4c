using System.Text;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// Rewrites what a language model meant as JSON into strict JSON, in one pass from left to right. Every deviation is noted.
/// The result always parses, or <see cref="Repair"/> returns null (nested too deeply). Time is linear: look-ahead is bounded by the
/// white space and the short word that follow a quote. The text must be free of unpaired surrogates.
/// </summary>
internal sealed partial class JsonRepairer(string text, int start, int maxDepth, ParseNoteList notes)
{
    private readonly StringBuilder _out = new();
    private int _at = start;
    private int _depth;
    private int _openObjects;
    private int _openArrays;
    private bool _tooDeep;
    private bool _separatorIsKnown;   // the comma before the next item was already consumed or complained of

    /// <summary>Index after the value that was read.</summary>
    public int End => _at;

    private bool AtEnd => _at >= text.Length || _tooDeep;

    private char Here => text[_at];

    /// <summary>The value at <c>start</c>, which must be <c>{</c> or <c>[</c>, as strict JSON; null where it is nested too deeply.</summary>
    public string? Repair()
    {
        Value(inObject: false);
        if (_tooDeep)
            notes.Add(ParseNoteCodes.TooDeep, $"more than {maxDepth} levels");
        return _tooDeep ? null : _out.ToString();
    }

    private void Value(bool inObject)
    {
        if (Here is '{' or '[' or '(')
        {
            if (++_depth > maxDepth)
                _tooDeep = true;
            else if (Here == '{')
                Object();
            else
                Array(Here == '[' ? ']' : ')');
            _depth--;
        }
        else if (IsQuote(Here))
        {
            String(isKey: false);
        }
        else
        {
            Scalar(inObject);
        }
    }

    private void Object()
    {
        _openObjects++;
        _out.Append('{');
        _at++;
        while (NextMember())
        {
            var rollback = _out.Length;
            Separate('{');
            if (!Key())
            {
                _out.Length = rollback;
                continue;
            }
            _out.Append(':');
            Colon();
            if (AtEnd || IsComma(Here) || Here is '}' or ']')
            {
                if (!AtEnd)
                    notes.Add(ParseNoteCodes.MissingValue);
                _out.Append("null");
            }
            else
            {
                Value(inObject: true);
            }
        }
        _out.Append('}');
        _openObjects--;
    }

    private void Array(char closer)
    {
        if (closer == ')')
            notes.Add(ParseNoteCodes.PythonLiteral, "tuple");
        _openArrays++;
        _out.Append('[');
        _at++;
        while (NextElement(closer))
        {
            Separate('[');
            Value(inObject: false);
        }
        _out.Append(']');
        _openArrays--;
    }

    /// <summary>Moves to the next key; false where the object ends here.</summary>
    private bool NextMember()
    {
        while (Separators('{', '}'))
        {
            switch (Here)
            {
                case '}':
                    _at++;
                    return false;
                case ']' when _openArrays > 0:
                    notes.Add(ParseNoteCodes.Mismatched, "']' inside an object");
                    if (FollowedBy(_at + 1, '{'))
                        _at++;   // typed for the object's own '}'
                    return false;
                case '{' when _openArrays > 0:
                    notes.Add(ParseNoteCodes.Mismatched, "object not closed before the next one");
                    _separatorIsKnown = true;
                    return false;
                case ']' or '{':
                    notes.Add(ParseNoteCodes.StrayCharacter, Here.ToString());
                    _at++;
                    continue;
                default:
                    return true;
            }
        }
        return false;
    }

    /// <summary>Moves to the next element; false where the array ends here.</summary>
    private bool NextElement(char closer)
    {
        while (Separators('[', closer))
        {
            switch (Here)
            {
                case ']' or ')':
                    if (Here != closer)
                        notes.Add(ParseNoteCodes.Mismatched, $"'{Here}' for '{closer}'");
                    _at++;
                    return false;
                case '}' when _openObjects > 0 && !FollowedBy(_at + 1, '{'):
                    notes.Add(ParseNoteCodes.Mismatched, "'}' inside a list");
                    if (FollowedByMember(_at + 1))
                        _at++;   // typed for the list's own closer
                    return false;
                case '}' or ':':
                    notes.Add(ParseNoteCodes.StrayCharacter, Here.ToString());
                    _at++;
                    continue;
                default:
                    return true;
            }
        }
        return false;
    }

    /// <summary>Skips white space, comments and commas before an item and notes too many or too few commas; false at the end of the text.</summary>
    private bool Separators(char opener, char closer)
    {
        SkipBlanks();
        var commas = 0;
        while (!AtEnd && IsComma(Here))
        {
            if (Here != ',')
                notes.Add(ParseNoteCodes.FullWidth, Here.ToString());
            commas++;
            _at++;
            SkipBlanks();
        }
        if (AtEnd)
        {
            if (!_tooDeep)
                notes.Add(ParseNoteCodes.Truncated);
            return false;
        }
        var isFirst = _out[^1] == opener;
        var ends = Here == closer;
        if (commas > (isFirst || ends ? 0 : 1))
            notes.Add(ParseNoteCodes.ExtraComma);
        else if (commas == 0 && !isFirst && !ends && !_separatorIsKnown && Here is not ('}' or ']' or ')' or ':'))
            notes.Add(ParseNoteCodes.MissingComma);
        _separatorIsKnown = false;
        return true;
    }

    private void Separate(char opener)
    {
        if (_out[^1] != opener)
            _out.Append(',');
    }

    private void Colon()
    {
        SkipBlanks();
        if (AtEnd)
            return;
        if (Here is ':' or '\uff1a')
        {
            if (Here != ':')
                notes.Add(ParseNoteCodes.FullWidth, ":");
            _at++;
        }
        else if (Here is '=' or '-' && _at + 1 < text.Length && text[_at + 1] == '>')
        {
            notes.Add(ParseNoteCodes.MissingColon, "=>");
            _at += 2;
        }
        else if (Here == '=')
        {
            notes.Add(ParseNoteCodes.MissingColon, "=");
            _at++;
        }
        else if (!IsComma(Here) && Here is not ('}' or ']'))
        {
            notes.Add(ParseNoteCodes.MissingColon);
        }
        SkipBlanks();
    }

    /// <summary>White space, comments and the dots by which models leave something out.</summary>
    private void SkipBlanks()
    {
        while (!AtEnd)
        {
            if (char.IsWhiteSpace(Here) || char.IsControl(Here) || Here is '\ufeff' or '\u200b')
                _at++;
            else if (Here == '#' || Pair("//"))
                SkipComment("\n");
            else if (Pair("/*"))
                SkipComment("*/");
            else if (Here == '\u2026' || Pair(".."))
                SkipDots();
            else
                return;
        }
    }

    private void SkipComment(string terminator)
    {
        notes.Add(ParseNoteCodes.Comment);
        var end = text.IndexOf(terminator, _at, StringComparison.Ordinal);
        _at = end < 0 ? text.Length : end + terminator.Length;
    }

    private void SkipDots()
    {
        notes.Add(ParseNoteCodes.StrayCharacter, "...");
        while (!AtEnd && Here is '.' or '\u2026')
            _at++;
    }

    private bool Pair(string two) => string.CompareOrdinal(text, _at, two, 0, two.Length) == 0;

    private static bool IsComma(char c) => c is ',' or ';' or '\uff0c' or '\u3001' or '\uff1b';

    /// <summary>True where a comma and then <paramref name="expected"/> come next.</summary>
    private bool FollowedBy(int from, char expected)
    {
        var comma = SkipSpace(from);
        if (comma >= text.Length || !IsComma(text[comma]))
            return false;
        var next = SkipSpace(comma + 1);
        return next < text.Length && text[next] == expected;
    }

    /// <summary>True where a comma and then a key with its colon come next.</summary>
    private bool FollowedByMember(int from)
    {
        var comma = SkipSpace(from);
        return comma < text.Length && IsComma(text[comma]) && IsKeyAt(SkipSpace(comma + 1));
    }

    private int SkipSpace(int from)
    {
        while (from < text.Length && char.IsWhiteSpace(text[from]))
            from++;
        return from;
    }
}
