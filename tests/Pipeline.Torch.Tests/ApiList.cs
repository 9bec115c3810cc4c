using System.Text.RegularExpressions;

namespace Pipeline.Torch.Tests;

/// <summary>The public members of TorchSharp 0.107, one signature a line under a heading a type (tests/fixtures/torchsharp-api.txt).</summary>
internal sealed partial class ApiList
{
    private readonly Dictionary<string, HashSet<string>> _types = [];

    public ApiList(string path)
    {
        HashSet<string>? members = null;
        foreach (string line in File.ReadLines(path))
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                members = _types[heading.Groups["name"].Value] = [];
            }
            else if (line.StartsWith("  ", StringComparison.Ordinal))
            {
                members?.Add(Normalised(line));
            }
        }
    }

    public int Count => _types.Sum(t => t.Value.Count);

    /// <summary>The members of a type, or null when the list has no such type.</summary>
    public IReadOnlySet<string>? Members(string type) => _types.GetValueOrDefault(type);

    private static string Normalised(string line)
    {
        string text = Remark().Replace(line, "").Trim();
        text = Modifiers().Replace(text, "");
        text = ReferenceNullability().Replace(text, "");
        return text;
    }

    // "## public sealed class TorchSharp.Modules::SiLU : ParameterLessModule<…>   //N …"
    [GeneratedRegex(@"^## (?:public|protected) (?:static |sealed |abstract )*(?:class|struct|enum|interface|delegate) [\w.]+::(?<name>[^:]+?)(?: : .*| where .*| +//.*)?$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\s*//N.*$")]
    private static partial Regex Remark();

    [GeneratedRegex(@"^(?:\[Obsolete\] |protected |override |virtual |abstract )*(?:(?<=static )readonly )?|(?<=^static |^)readonly |(?<=^static )readonly ")]
    private static partial Regex Modifiers();

    // "?" after a reference type, an array or a type parameter says nothing to the compiler's binding.
    [GeneratedRegex(@"(?<=\]|\bTensor|\bDevice|\bGenerator|\bstring|\bobject|\bScalar|\bDisposeScope|\bParameter|\bModule|\bT\d?|\bTResult|\bTValue|\bTPreHook|\bTPostHook|\b(?:IList|IEnumerable|Dictionary|Func|Action)<[^?]*>)\?")]
    private static partial Regex ReferenceNullability();
}
