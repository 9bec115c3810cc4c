using System.Text.RegularExpressions;

namespace TorchSharpStub;

/// <summary>The list of the TorchSharp API: a heading a type, a line a member.</summary>
internal sealed partial class ApiDocument
{
    public Dictionary<string, Dictionary<string, ApiType>> Namespaces { get; } = [];

    /// <summary>Every type name of the list, without type parameters.</summary>
    public HashSet<string> Names { get; } = [];

    public static ApiDocument Read(string path)
    {
        ApiDocument document = new();
        ApiType? current = null;
        List<string> members = [];
        foreach (string line in File.ReadLines(path).Append("## end"))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                current?.Members = members;
                (current, members) = (document.Declare(line), []);
            }
            else if (line.StartsWith("  ", StringComparison.Ordinal))
            {
                members.Add(Remark().Replace(line, "").Trim());
            }
        }

        return document;
    }

    /// <summary>Splits at commas (or another mark) that are in no brackets.</summary>
    public static List<string> Split(string text, char mark = ',')
    {
        (List<string> parts, int depth, int start) = ([], 0, 0);
        for (int k = 0; k < text.Length; k++)
        {
            depth += text[k] is '(' or '<' or '[' ? 1 : text[k] is ')' or '>' or ']' ? -1 : 0;
            if (text[k] == mark && depth == 0)
            {
                parts.Add(text[start..k].Trim());
                start = k + 1;
            }
        }

        return text.Length == 0 ? parts : [.. parts, text[start..].Trim()];
    }

    private ApiType? Declare(string heading)
    {
        Match match = Heading().Match(heading);
        if (!match.Success)
        {
            return null;
        }

        string declaration = Remark().Replace(match.Groups["rest"].Value, "");
        string constraints = Where().Match(declaration).Value;
        string[] sides = declaration[..^constraints.Length].Split(" : ", 2);
        Dictionary<string, ApiType> around = Namespaces.TryGetValue(match.Groups["space"].Value, out var known) ? known : Namespaces[match.Groups["space"].Value] = [];
        ApiType? type = null;
        foreach (string step in Split(sides[0].Trim(), '.'))
        {
            type = around.TryGetValue(step, out ApiType? found) ? found : around[step] = new ApiType(step);
            around = type.Nested;
        }

        type!.Modifiers = match.Groups["modifiers"].Value;
        type.Kind = match.Groups["kind"].Value;
        type.Constraints = constraints;
        type.Bases = sides.Length > 1 ? Split(sides[1].Trim()) : [];
        Names.Add(type.PlainName);
        return type;
    }

    [GeneratedRegex(@"^## (?:public|protected) (?<modifiers>(?:static |sealed |abstract )*)(?<kind>class|struct|enum|interface) (?<space>TorchSharp(?:\.\w+)?)::(?<rest>.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\s*//N.*$")]
    private static partial Regex Remark();

    [GeneratedRegex(@" where .*$")]
    private static partial Regex Where();
}
