using System.Text.RegularExpressions;

namespace TorchSharpStub;

/// <summary>One member of the list as C#.</summary>
internal sealed partial class StubMember
{
    private static readonly HashSet<string> s_keywords =
        ["base", "bool", "byte", "char", "default", "double", "float", "in", "int", "is", "long", "object", "out", "params", "ref", "short", "string", "as"];

    private static readonly Dictionary<string, string> s_operators = new()
    {
        ["op_Addition"] = "+", ["op_Subtraction"] = "-", ["op_Multiply"] = "*", ["op_Division"] = "/", ["op_Modulus"] = "%", ["op_BitwiseAnd"] = "&", ["op_BitwiseOr"] = "|",
        ["op_ExclusiveOr"] = "^", ["op_OnesComplement"] = "~", ["op_UnaryNegation"] = "-", ["op_Equality"] = "==", ["op_Inequality"] = "!=", ["op_LessThan"] = "<",
        ["op_GreaterThan"] = ">", ["op_LessThanOrEqual"] = "<=", ["op_GreaterThanOrEqual"] = ">=",
    };

    private readonly ApiType _type;
    private readonly string _modifiers;
    private readonly string _text;

    public StubMember(ApiType type, string line)
    {
        _type = type;
        string text = line.Replace("[Obsolete] ", "", StringComparison.Ordinal);
        if (type.Name.Contains('<'))
        {
            text = OfParameter().Replace(text, "$1"); // reflection calls an unconstrained parameter nullable
        }

        string modifiers = Modifiers().Match(text).Value;
        _text = text[modifiers.Length..];
        _modifiers = (modifiers.Contains("protected", StringComparison.Ordinal) ? "protected " : "public ") + modifiers.Replace("protected ", "", StringComparison.Ordinal);
    }

    private bool IsAbstract => _modifiers.Contains("abstract", StringComparison.Ordinal);

    /// <summary>The member's code, or null for what has no form in C#.</summary>
    public string? Write()
    {
        if (_type.Kind == "interface")
        {
            return _text + (_text.EndsWith('}') ? "" : ";");
        }

        if (_text.EndsWith('}'))
        {
            return Property();
        }

        int open = ParameterList();
        if (open >= 0)
        {
            return _text.StartsWith("ctor(", StringComparison.Ordinal) ? $"{_modifiers}{_type.PlainName}({Parameters(open)}) {{ throw null!; }}" : Method(open);
        }

        int space = _text.LastIndexOf(' ');
        string value = _modifiers.Contains("const", StringComparison.Ordinal) ? " = default" : "";
        return $"{_modifiers}{_text[..space]} {Escaped(_text[(space + 1)..])}{value};";
    }

    private string Property()
    {
        string[] sides = _text.Split(" {", 2);
        string accessors = IsAbstract ? sides[1] : sides[1].Replace(";", " => throw null!;", StringComparison.Ordinal);
        int index = sides[0].IndexOf("this[", StringComparison.Ordinal);
        if (index >= 0)
        {
            return $"{_modifiers}{sides[0][..index]}this[{string.Join(", ", ApiDocument.Split(sides[0][(index + 5)..^1]).Select(Parameter))}] {{{accessors}";
        }

        int space = sides[0].LastIndexOf(' ');
        return $"{_modifiers}{sides[0][..space]} {Escaped(sides[0][(space + 1)..])} {{{accessors}";
    }

    private string? Method(int open)
    {
        int space = StartOfName(open);
        (string result, string name) = (_text[..space], _text[(space + 1)..open]);
        if (name is "op_Implicit" or "op_Explicit")
        {
            return $"public static {name[3..].ToLowerInvariant()} operator {result}({Parameters(open)}) => throw null!;";
        }

        if (name.StartsWith("op_", StringComparison.Ordinal))
        {
            return s_operators.TryGetValue(name, out string? sign) ? $"public static {result} operator {sign}({Parameters(open)}) => throw null!;" : null;
        }

        string constraints = _text[(_text.LastIndexOf(')') + 1)..];
        string plain = name.Split('<')[0];
        return $"{_modifiers}{result} {Escaped(plain)}{name[plain.Length..]}({Parameters(open)}){constraints}{(IsAbstract ? ";" : " => throw null!;")}";
    }

    /// <summary>Where the parameters open: a bracket that follows a name directly, not that of a tuple.</summary>
    private int ParameterList()
    {
        int depth = 0;
        for (int k = 0; k < _text.Length; k++)
        {
            if (_text[k] == '(' && depth == 0 && k > 0 && (char.IsLetterOrDigit(_text[k - 1]) || _text[k - 1] is '_' or '>'))
            {
                return k;
            }

            depth += _text[k] is '(' or '<' or '[' ? 1 : _text[k] is ')' or '>' or ']' ? -1 : 0;
        }

        return -1;
    }

    private int StartOfName(int open)
    {
        int depth = 0;
        for (int k = open - 1; k >= 0; k--)
        {
            depth += _text[k] is '>' ? 1 : _text[k] is '<' ? -1 : 0;
            if (_text[k] == ' ' && depth == 0)
            {
                return k;
            }
        }

        return 0;
    }

    private string Parameters(int open) => string.Join(", ", ApiDocument.Split(_text[(open + 1).._text.LastIndexOf(')')]).Select(Parameter));

    private static string Parameter(string text)
    {
        string[] sides = text.Split(" = ", 2);
        int space = sides[0].LastIndexOf(' ');
        string declared = $"{sides[0][..space]} {Escaped(sides[0][(space + 1)..])}";
        return sides.Length == 1 ? declared : $"{declared} = {sides[1]}{(declared.StartsWith("float ", StringComparison.Ordinal) ? "f" : "")}";
    }

    private static string Escaped(string name) => s_keywords.Contains(name) ? "@" + name : name;

    [GeneratedRegex(@"^(?:static |override |virtual |abstract |protected |readonly |const )*")]
    private static partial Regex Modifiers();

    [GeneratedRegex(@"\b(T\d?|TResult|TValue|TPreHook|TPostHook)\?")]
    private static partial Regex OfParameter();
}
