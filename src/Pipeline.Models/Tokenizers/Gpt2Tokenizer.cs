namespace Pipeline.Models.Tokenizers;

/// <summary>
/// Byte-level byte-pair encoding (Radford et al. 2019), as OPT uses it: every text has ids and comes back unchanged. OPT puts <c>&lt;/s&gt;</c> in
/// front and nothing behind.
/// </summary>
public sealed class Gpt2Tokenizer : Tokenizer
{
    private readonly BytePairMerges _merges;

    /// <summary>Builds the tokenizer from its parts; use <see cref="TokenizerLoader"/> to read files.</summary>
    internal Gpt2Tokenizer(Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges, TokenizerSettings settings)
        : base(vocabulary, WithDefaults(settings)) => _merges = new BytePairMerges(merges);

    /// <inheritdoc />
    protected override bool CleansUp => Settings.CleansUp ?? true;

    /// <inheritdoc />
    public override List<int> EncodePlain(string text) => base.EncodePlain(Settings.AddsPrefixSpace == true ? " " + text : text);

    /// <inheritdoc />
    protected override void EncodePart(string part, List<int> ids)
    {
        foreach (string word in Gpt2Words.Split(part))
        {
            foreach (string token in _merges.Apply(ByteAlphabet.Encode(word), FirstSymbols))
            {
                if ((Vocabulary.Id(token) ?? UnknownId) is { } id)
                {
                    ids.Add(id);
                }
            }
        }
    }

    /// <inheritdoc />
    protected override List<int> WithControlTokens(List<int> ids)
    {
        if (Settings.AddsBegin == true && BeginId is { } begin)
        {
            ids.Insert(0, begin);
        }

        return ids;
    }

    /// <inheritdoc />
    protected override string Join(List<string> tokens) => ByteAlphabet.Decode(string.Concat(tokens));

    private static TokenizerSettings WithDefaults(TokenizerSettings settings) => settings with
    {
        Begin = settings.Begin ?? "<|endoftext|>",
        End = settings.End ?? "<|endoftext|>",
        Unknown = settings.Unknown ?? "<|endoftext|>",
    };

    private static List<string> FirstSymbols(string word) => [.. word.Select(c => c.ToString())];
}
