using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// What all tokenizers here share: the text is split at added tokens first, each remaining part is encoded on its own, control tokens are put
/// around; decoding gathers runs of ordinary tokens between added ones.
/// </summary>
public abstract class Tokenizer : ITokenizer
{
    private readonly AddedTokenSplitter _splitter;
    private readonly HashSet<int> _special = [];
    private readonly HashSet<string> _standsAlone = new(StringComparer.Ordinal);

    /// <summary>Adds the settings' tokens to the vocabulary.</summary>
    /// <param name="vocabulary">The trained tokens.</param>
    /// <param name="settings">Settings with the class's defaults filled in.</param>
    protected Tokenizer(Vocabulary vocabulary, TokenizerSettings settings)
    {
        Vocabulary = vocabulary;
        Settings = settings;
        Dictionary<string, AddedToken> added = settings.Added.ToDictionary(t => t.Text, StringComparer.Ordinal);
        string[] named = [.. new[] { settings.Begin, settings.End, settings.Unknown, settings.Pad }.Concat(settings.AdditionalSpecial).OfType<string>()];
        foreach (string text in named)
        {
            // A control token that neither file gives an id follows the last one.
            added.TryAdd(text, new AddedToken(text, vocabulary.Id(text) ?? Math.Max(vocabulary.Size, added.Values.Select(t => t.Id + 1).DefaultIfEmpty().Max())));
        }

        foreach (AddedToken token in added.Values)
        {
            vocabulary.Add(token.Text, token.Id, settings.Path);
        }

        _special.UnionWith(added.Values.Where(t => t.Special || named.Contains(t.Text)).Select(t => t.Id));
        // Added later than training: set apart by spaces when it is printed.
        _standsAlone.UnionWith(added.Values.Where(t => !_special.Contains(t.Id)).Select(t => t.Text));
        _standsAlone.UnionWith(settings.AdditionalSpecial.Where(t => vocabulary.Id(t) >= vocabulary.TrainedSize));
        _splitter = new AddedTokenSplitter(added.Values);
        BeginId = IdOf(settings.Begin);
        EndId = IdOf(settings.End);
        UnknownId = IdOf(settings.Unknown);
        PadId = IdOf(settings.Pad);
    }

    /// <inheritdoc />
    public int VocabularySize => Vocabulary.Size;

    /// <inheritdoc />
    public int? BeginId { get; }

    /// <inheritdoc />
    public int? EndId { get; }

    /// <inheritdoc />
    public int? PadId { get; }

    /// <summary>The token for what the vocabulary cannot express, or null.</summary>
    public int? UnknownId { get; }

    /// <inheritdoc />
    public int MaximumLength => Settings.MaximumLength;

    /// <summary>Tokens and ids.</summary>
    protected Vocabulary Vocabulary { get; }

    /// <summary>The settings, with the class's defaults.</summary>
    protected TokenizerSettings Settings { get; }

    /// <summary>Whether decoding joins punctuation to words unless told otherwise.</summary>
    protected abstract bool CleansUp { get; }

    /// <inheritdoc />
    public IReadOnlyList<int> Encode(string text) => WithControlTokens(EncodePlain(text));

    /// <summary>Ids of a text without the start and end tokens that <see cref="Encode"/> puts around it.</summary>
    public virtual List<int> EncodePlain(string text)
    {
        List<int> ids = [];
        foreach ((string part, AddedToken? token) in _splitter.Split(TextRules.WholeCharacters(text)))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
            }
            else
            {
                EncodePart(part, ids);
            }
        }

        return ids;
    }

    /// <inheritdoc />
    public string Decode(IReadOnlyList<int> ids, bool skipSpecial = true) => Decode(ids, skipSpecial, CleansUp);

    /// <summary>Decodes with or without joining punctuation to words.</summary>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecial, bool cleanUp)
    {
        List<string> groups = [];
        List<string> current = [];
        foreach (int id in ids)
        {
            if (Vocabulary.Text(id) is not { } token || (skipSpecial && _special.Contains(id)))
            {
                continue;
            }

            if (_standsAlone.Contains(token))
            {
                Close();
                groups.Add(token);
            }
            else
            {
                current.Add(token);
            }
        }

        Close();
        string text = string.Join(' ', groups);
        return cleanUp ? CleanUp.Apply(text) : text;

        void Close()
        {
            if (current.Count > 0 && Join(current) is { Length: > 0 } joined)
            {
                groups.Add(joined);
            }

            current.Clear();
        }
    }

    /// <inheritdoc />
    public string? TokenText(int id) => Vocabulary.Text(id);

    /// <inheritdoc />
    public int? TokenId(string token) => Vocabulary.Id(token);

    /// <inheritdoc />
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>Encodes a part of the text that holds no added token.</summary>
    protected abstract void EncodePart(string part, List<int> ids);

    /// <summary>Puts start and end tokens around ids.</summary>
    protected abstract List<int> WithControlTokens(List<int> ids);

    /// <summary>The text of a run of tokens in the vocabulary's spelling.</summary>
    protected abstract string Join(List<string> tokens);

    /// <summary>Whether a token's text is that of a control token.</summary>
    protected bool IsSpecialText(string token) => Vocabulary.Id(token) is { } id && _special.Contains(id);

    private int? IdOf(string? text) => text is null ? null : Vocabulary.Id(text);
}
