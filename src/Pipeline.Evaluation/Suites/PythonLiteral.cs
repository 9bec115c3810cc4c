using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Evaluation.Suites;

/// <summary>
/// Reads a Python literal: texts, numbers, True, False, None, lists, tuples and dictionaries with text keys. Nothing is evaluated; anything else is an error, as is a depth over
/// <see cref="MaxDepth"/>.
/// </summary>
public ref struct PythonLiteral
{
    /// <summary>Deepest nesting.</summary>
    public const int MaxDepth = 16;

    private readonly ReadOnlySpan<char> _text;
    private int _at;

    private PythonLiteral(ReadOnlySpan<char> text) => _text = text;

    /// <summary>The value as JSON: lists and tuples become arrays.</summary>
    /// <exception cref="FormatException">Not such a literal; names the position.</exception>
    public static JsonNode? Parse(string text)
    {
        PythonLiteral reader = new(text);
        JsonNode? value = reader.Value(0);
        reader.Blanks();
        return reader._at == text.Length ? value : throw reader.Error("the end");
    }

    private JsonNode? Value(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"nested deeper than {MaxDepth}");
        }

        Blanks();
        char first = _at < _text.Length ? _text[_at] : '\0';
        return first switch
        {
            '[' => List(']', depth),
            '(' => List(')', depth),
            '{' => Dictionary(depth),
            '\'' or '"' => JsonValue.Create(Text()),
            _ => Word(),
        };
    }

    private JsonArray List(char end, int depth)
    {
        JsonArray items = [];
        for (_at++; !Take(end);)
        {
            items.Add(Value(depth + 1));
            Separator(end);
        }

        return items;
    }

    private JsonObject Dictionary(int depth)
    {
        JsonObject members = [];
        for (_at++; !Take('}');)
        {
            Blanks();
            string key = Text();
            if (!Take(':'))
            {
                throw Error("':'");
            }

            members[key] = Value(depth + 1);
            Separator('}');
        }

        return members;
    }

    private void Separator(char end)
    {
        if (!Take(',') && !Next(end))
        {
            throw Error($"',' or '{end}'");
        }
    }

    private string Text()
    {
        char quote = _at < _text.Length ? _text[_at] : '\0';
        if (quote is not ('\'' or '"'))
        {
            throw Error("a text");
        }

        StringBuilder text = new();
        for (_at++; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == quote)
            {
                _at++;
                return text.ToString();
            }

            if (c == '\\')
            {
                c = ++_at < _text.Length ? Escaped(_text[_at]) : throw Error("a character");
            }

            text.Append(c);
        }

        throw Error("the closing quote");
    }

    private readonly char Escaped(char c) => c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '\\' or '\'' or '"' => c, _ => throw Error("an escape of n, t, r, \\ or a quote") };

    private JsonValue? Word()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '+' or '-' or '_'))
        {
            _at++;
        }

        ReadOnlySpan<char> word = _text[start.._at];
        return word switch
        {
            "True" => JsonValue.Create(true),
            "False" => JsonValue.Create(false),
            "None" => null,
            _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => JsonValue.Create(number),
            _ => throw Error("a value"),
        };
    }

    private void Blanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private bool Next(char c)
    {
        Blanks();
        return _at < _text.Length && _text[_at] == c;
    }

    private bool Take(char c)
    {
        bool found = Next(c);
        _at += found ? 1 : 0;
        return found;
    }

    private readonly FormatException Error(string expected) => new($"not a Python literal: expected {expected} at character {_at + 1}");
}
