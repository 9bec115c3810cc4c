using System.Collections.Frozen;

namespace Pipeline.Methods.Emotions;

/// <summary>
/// Style words by kind of picture and emotion, added to the question and to fallback prompts. The built-in table is an embedded
/// YAML file; <see cref="OverlaidWith"/> lays a user's file over it.
/// </summary>
public sealed class DomainHints
{
    private const string Resource = "Pipeline.Methods.Emotions.domain-hints.yaml";
    private static readonly Lazy<DomainHints> BuiltIn = new(ReadEmbedded);
    private readonly FrozenDictionary<string, DomainHintTable> _byName;

    internal DomainHints(IReadOnlyList<DomainHintTable> domains)
    {
        Domains = domains;
        var names = new Dictionary<string, DomainHintTable>(StringComparer.OrdinalIgnoreCase);
        foreach (var domain in domains)
            names[domain.Name] = domain;
        foreach (var domain in domains)
        {
            foreach (var alias in domain.Aliases)
                names.TryAdd(alias, domain);
        }
        _byName = names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The table that ships with the product.</summary>
    public static DomainHints Default => BuiltIn.Value;

    /// <summary>A table without words, for callers that want none.</summary>
    public static DomainHints None { get; } = new([]);

    /// <summary>The domains in file order.</summary>
    public IReadOnlyList<DomainHintTable> Domains { get; }

    /// <summary>Reads a table; see the built-in file for the shape. The text is untrusted: size and counts are limited.</summary>
    /// <param name="yaml">The file's text.</param>
    /// <param name="origin">A name for messages, e.g. the file's path.</param>
    /// <exception cref="EmotionException">The text is not such a table; the message has the line.</exception>
    public static DomainHints Parse(string yaml, string origin) => new(DomainHintReader.Read(yaml, origin));

    /// <summary>The words for a domain (its name or an alias, any case) and emotion; empty where the table has none.</summary>
    public IReadOnlyList<string> For(string? domain, Emotion emotion) =>
        domain is not null && _byName.TryGetValue(domain.Trim(), out var table) && table.Words.TryGetValue(emotion.Id, out var words) ? words : [];

    /// <summary>True where the table knows the domain by name or alias.</summary>
    public bool Knows(string domain) => _byName.ContainsKey(domain.Trim());

    /// <summary>This table with another laid over it: its lists replace ours, its domains and aliases are added.</summary>
    public DomainHints OverlaidWith(DomainHints other)
    {
        var merged = Domains.ToList();
        foreach (var domain in other.Domains)
        {
            var at = merged.FindIndex(d => d.Name.Equals(domain.Name, StringComparison.OrdinalIgnoreCase));
            if (at < 0)
            {
                merged.Add(domain);
                continue;
            }
            var words = merged[at].Words.ToDictionary();
            foreach (var (id, list) in domain.Words)
                words[id] = list;
            merged[at] = new DomainHintTable(merged[at].Name, [.. merged[at].Aliases.Union(domain.Aliases, StringComparer.OrdinalIgnoreCase)], words);
        }
        return new DomainHints(merged);
    }

    private static DomainHints ReadEmbedded()
    {
        using var stream = typeof(DomainHints).Assembly.GetManifestResourceStream(Resource)
            ?? throw new EmotionException($"The embedded table {Resource} is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), "built-in domain hints");
    }
}
