using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Methods.Emotions;

/// <summary>Reads the YAML of <see cref="DomainHints"/>: fixed shape, limited sizes, every error with its line.</summary>
internal sealed class DomainHintReader(string origin)
{
    private const int MaxCharacters = 256 * 1024;
    private const int MaxDepth = 10;
    private const int MaxDomains = 100;
    private const int MaxWords = 8;
    private const int MaxWordLength = 60;

    /// <exception cref="EmotionException">Not a table of hints.</exception>
    public static List<DomainHintTable> Read(string yaml, string origin) => new DomainHintReader(origin).ReadAll(yaml);

    private List<DomainHintTable> ReadAll(string yaml)
    {
        if (yaml.Length > MaxCharacters)
            throw new EmotionException($"{origin}: a hint table may have at most {MaxCharacters / 1024} kB.");
        var root = Map(LoadRoot(yaml), "the file");
        if (Text(Required(root, "version"), "version") != "1")
            throw Error(root, "only version 1 of the hint table is known");
        foreach (var (key, _) in root.Children)
        {
            if (Text(key, "key") is not ("version" or "domains"))
                throw Error(key, $"unknown key '{key}': expected version and domains");
        }
        var domains = Map(Required(root, "domains"), "domains");
        if (domains.Children.Count > MaxDomains)
            throw Error(domains, $"more than {MaxDomains} domains");
        return [.. domains.Children.Select(d => ReadDomain(Text(d.Key, "domain"), Map(d.Value, "domain")))];
    }

    private YamlNode LoadRoot(string yaml)
    {
        try
        {
            RefuseDangerousShapes(yaml);
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            return stream.Documents.Count == 1
                ? stream.Documents[0].RootNode
                : throw new EmotionException($"{origin}: expected one YAML document, found {stream.Documents.Count}.");
        }
        catch (YamlException e)
        {
            throw new EmotionException($"{origin}:{e.Start.Line}: not valid YAML: {e.Message}", e);
        }
    }

    /// <summary>Aliases could make a small file unfold into a huge one, deep nesting exhausts the stack of the tree reader; a table of words needs neither.</summary>
    private void RefuseDangerousShapes(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth)
                throw new EmotionException($"{origin}:{parser.Current.Start.Line}: nested too deeply for a hint table.");
            if (parser.Current is YamlDotNet.Core.Events.AnchorAlias)
                throw new EmotionException($"{origin}:{parser.Current.Start.Line}: YAML aliases are not allowed in a hint table; write the words out.");
        }
    }

    private DomainHintTable ReadDomain(string name, YamlMappingNode node)
    {
        var aliases = new List<string>();
        var words = new Dictionary<int, IReadOnlyList<string>>();
        foreach (var (key, value) in node.Children)
        {
            switch (Text(key, "key"))
            {
                case "aliases":
                    aliases.AddRange(Words(value));
                    break;
                case "emotions":
                    foreach (var (emotion, list) in Map(value, "emotions").Children)
                        words[ReadEmotion(emotion).Id] = Words(list);
                    break;
                default:
                    throw Error(key, $"unknown key '{key}' in domain '{name}': expected aliases and emotions");
            }
        }
        return new DomainHintTable(name, aliases, words);
    }

    private Emotion ReadEmotion(YamlNode key) => EmotionTaxonomy.TryResolve(Text(key, "emotion"), out var match) && !match.IsLossy
        ? match.Emotion
        : throw Error(key, $"'{key}' is not one of the 27 emotions");

    private List<string> Words(YamlNode node)
    {
        if (node is not YamlSequenceNode list || list.Children.Count is 0 or > MaxWords)
            throw Error(node, $"expected a list of 1 to {MaxWords} words");
        return [.. list.Children.Select(w => Text(w, "word"))];
    }

    private string Text(YamlNode node, string what) => node is YamlScalarNode { Value: { } value } && value.Trim() is { Length: > 0 and <= MaxWordLength } text
        ? text
        : throw Error(node, $"expected a {what} of 1 to {MaxWordLength} characters");

    private YamlMappingNode Map(YamlNode node, string what) => node as YamlMappingNode ?? throw Error(node, $"expected {what} to be a mapping");

    private YamlNode Required(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : throw Error(map, $"'{key}' is missing");

    private EmotionException Error(YamlNode node, string message) => new($"{origin}:{node.Start.Line}: {message}.");
}
