using System.Text;
using System.Text.RegularExpressions;

namespace TorchSharpStub;

/// <summary>Writes the types of the list as C#, every body a throw.</summary>
internal sealed partial class StubWriter(ApiDocument document)
{
    private readonly StringBuilder _text = new();

    public int Written { get; private set; }

    public int LeftOut { get; private set; }

    public string Write()
    {
        _text.AppendLine("#nullable enable\n#pragma warning disable");
        foreach (string space in new[] { "System", "System.Collections.Generic", "System.Globalization", "System.IO", "System.Numerics", "System.Reflection" }.Concat(document.Namespaces.Keys))
        {
            _text.AppendLine($"using {space};");
        }

        foreach ((string space, Dictionary<string, ApiType> types) in document.Namespaces)
        {
            _text.AppendLine($"namespace {space}\n{{");
            foreach (ApiType type in types.Values)
            {
                Write(type);
            }

            _text.AppendLine("}");
        }

        return _text.ToString();
    }

    private void Write(ApiType type)
    {
        if (type.Kind == "enum")
        {
            _text.AppendLine($"public enum {type.Name} {{ {string.Join(", ", type.Members.SelectMany(m => m.Split(',')).Select(m => "@" + m.Trim()))} }}");
            return;
        }

        if (type.Bases.Any(b => b.StartsWith("EqualityComparer", StringComparison.Ordinal)))
        {
            return;
        }

        (string bases, string extra) = Bases(type);
        _text.AppendLine($"public {type.Modifiers}partial {type.Kind} {type.Name}{bases}{type.Constraints}\n{{\n{extra}");
        HashSet<string> seen = [];
        foreach (string member in type.Members)
        {
            if (!IsKnown(member) || new StubMember(type, member).Write() is not { } code || !seen.Add(Signature(member)))
            {
                LeftOut++;
                continue;
            }

            Written++;
            // What says "= null" without "?" comes from source without nullable annotations.
            bool oblivious = Unannotated().IsMatch(code);
            _text.AppendLine(oblivious ? $"#nullable disable\n{code}\n#nullable restore" : code);
        }

        if (type.Kind == "class" && !type.Modifiers.Contains("static", StringComparison.Ordinal) && !type.Members.Any(m => m.EndsWith("ctor()", StringComparison.Ordinal)))
        {
            _text.AppendLine($"internal {type.PlainName}() {{ throw null!; }}"); // so that others of the list can derive
        }

        foreach (ApiType nested in type.Nested.Values)
        {
            Write(nested);
        }

        _text.AppendLine("}");
    }

    /// <summary>Collection interfaces are reduced to the one that lists elements: the list does not show explicit implementations.</summary>
    private static (string Text, string Extra) Bases(ApiType type)
    {
        string? elements = type.Bases.FirstOrDefault(b => b.StartsWith("IList<", StringComparison.Ordinal) && !b.Contains("Tuple", StringComparison.Ordinal))
            ?? type.Bases.LastOrDefault(b => b.StartsWith("IEnumerable<", StringComparison.Ordinal));
        if (type.Bases.Any(b => b.StartsWith("IDictionary", StringComparison.Ordinal)))
        {
            elements = type.Bases.Last(b => b.StartsWith("IEnumerable<", StringComparison.Ordinal));
        }

        string[] kept = [.. type.Bases.Where(b => !Collection().IsMatch(b)), .. elements is null ? Array.Empty<string>() : [elements]];
        string extra = elements is null ? "" : "System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => throw null!;";
        return (kept.Length == 0 ? "" : " : " + string.Join(", ", kept), extra);
    }

    // The list has not all types of TorchSharp: the functions that make modules and optimizers it does not know are left out, and a few that name them otherwise.
    private bool IsKnown(string member) => (!Maker().Match(member).Groups["type"].Success || document.Names.Contains(Maker().Match(member).Groups["type"].Value))
        && !Unlisted().IsMatch(member);

    private static string Signature(string member) => Names().Replace(member, "");

    [GeneratedRegex(@"^static (?<type>[A-Z]\w*)(?:<\w+>)? (?:\k<type>|EmbeddingBag_from_pretrained)(?:<\w+>)?\(")]
    private static partial Regex Maker();

    [GeneratedRegex(@"\bimpl\.(?:CyclicLR|OneCycleLR)\b|\bnew\(\)|override void add_param_group|op_MinusMinusGreater")]
    private static partial Regex Unlisted();

    [GeneratedRegex(@"(?<![?]) @?\w+ = null")]
    private static partial Regex Unannotated();

    [GeneratedRegex(@"^(?:IList|ICollection|IEnumerable|IDictionary|IComparable|IEquatable|IFormattable)\b")]
    private static partial Regex Collection();

    [GeneratedRegex(@" \w+(?=[,)])| = [^,)]+|\b(?:override|virtual|abstract|protected) ")]
    private static partial Regex Names();
}
