using System.Globalization;

namespace Pipeline.Methods.Prompting;

/// <summary>Numbers, literals and unquoted text.</summary>
internal sealed partial class JsonRepairer
{
    private void Scalar(bool inObject)
    {
        var begin = _at;
        var isText = char.IsLetter(Here);
        var parentheses = 0;
        while (!AtEnd && !EndsScalar(inObject && isText, ref parentheses))
            _at++;
        var token = text[begin.._at].Trim();
        if (AtEnd)
        {
            // The text ends within the value: what it would have become is unknown.
            _out.Append("null");
            return;
        }
        Write(token);
    }

    private bool EndsScalar(bool commaMayBeText, ref int parentheses)
    {
        switch (Here)
        {
            case '}' or ']' or '\n' or '\r':
                return true;
            case '(':
                parentheses++;
                return false;
            case ')':
                return parentheses-- == 0;
            case '/' or '#' when _at > 0 && char.IsWhiteSpace(text[_at - 1]):
                return Here == '#' || Pair("//") || Pair("/*");
            case var c when IsComma(c):
                return !commaMayBeText || ItemMayStartAt(SkipSpace(_at + 1));
            default:
                return false;
        }
    }

    private void Write(string token)
    {
        if (token is "true" or "false" or "null" || IsJsonNumber(token))
        {
            _out.Append(token);
        }
        else if (Literal(token) is { } literal)
        {
            notes.Add(ParseNoteCodes.PythonLiteral, token);
            _out.Append(literal);
        }
        else if (token.Length == 0)
        {
            notes.Add(ParseNoteCodes.MissingValue);
            _out.Append("null");
        }
        else if (token.TrimStart('-', '+').ToLowerInvariant() is "nan" or "inf" or "infinity")
        {
            notes.Add(ParseNoteCodes.NotANumber, token);
            _out.Append("null");
        }
        else if (double.TryParse(token.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number))
        {
            notes.Add(ParseNoteCodes.NumberFormat, token);
            _out.Append(number.ToString("R", CultureInfo.InvariantCulture));
        }
        else
        {
            notes.Add(ParseNoteCodes.BareValue, token);
            WriteString(token);
        }
    }

    /// <summary>Literals as other languages spell them.</summary>
    private static string? Literal(string token) => token switch
    {
        "True" or "TRUE" or "yes" or "Yes" => "true",
        "False" or "FALSE" or "no" or "No" => "false",
        "None" or "NONE" or "NULL" or "Null" or "undefined" or "nil" => "null",
        _ => null,
    };

    private void WriteString(string token)
    {
        _out.Append('"');
        foreach (var c in token)
        {
            if (c is '"' or '\\')
                _out.Append('\\').Append(c);
            else
                _out.Append(c < ' ' ? ' ' : c);
        }
        _out.Append('"');
    }

    /// <summary>The number grammar of RFC 8259: no sign '+', no leading zeros, digits on both sides of the point.</summary>
    private static bool IsJsonNumber(string token)
    {
        var at = token.StartsWith('-') ? 1 : 0;
        var integer = Digits(token, ref at);
        if (integer == 0 || integer > 1 && token[at - integer] == '0')
            return false;
        if (at < token.Length && token[at] == '.')
        {
            at++;
            if (Digits(token, ref at) == 0)
                return false;
        }
        if (at < token.Length && token[at] is 'e' or 'E')
        {
            at++;
            if (at < token.Length && token[at] is '+' or '-')
                at++;
            if (Digits(token, ref at) == 0)
                return false;
        }
        return at == token.Length;
    }

    private static int Digits(string token, ref int at)
    {
        var begin = at;
        while (at < token.Length && char.IsAsciiDigit(token[at]))
            at++;
        return at - begin;
    }
}
