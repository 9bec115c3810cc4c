using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// CLIP's byte-pair encoding (Radford et al. 2021, arXiv 2103.00020): form C, white space collapsed, lower case; words end in <c>&lt;/w&gt;</c>;
/// digits stand alone.
/// </summary>
public sealed class ClipTokenizer : Tokenizer
{
    /// <summary>Length of a prompt in CLIP and Stable Diffusion, start and end included.</summary>
    public const int PromptLength = 77;

    private const string WordEnd = "</w>";

    private readonly BytePairMerges _merges;

    /// <summary>Builds the tokenizer from its parts; use <see cref="TokenizerLoader"/> to read files.</summary>
    internal ClipTokenizer(Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges, TokenizerSettings settings)
        : base(vocabulary, WithDefaults(settings)) => _merges = new BytePairMerges(merges);

    /// <inheritdoc />
    protected override bool CleansUp => Settings.CleansUp ?? true;

    /// <summary>
    /// Ids of exactly <paramref name="length"/>: a longer text keeps its first tokens and the end token, a shorter one is filled with the padding token.
    /// </summary>
    public int[] EncodePadded(string text, int length = PromptLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        List<int> ids = Truncate(text, length);
        return [.. ids, .. Enumerable.Repeat(PadId ?? 0, length - ids.Count)];
    }

    /// <summary>Rows of exactly <paramref name="length"/> with their mask.</summary>
    public TokenBatch EncodeBatch(IReadOnlyList<string> texts, int length = PromptLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        return TokenBatch.Pad([.. texts.Select(t => Truncate(t, length))], PadId ?? 0, PaddingSide.Right, length);
    }

    /// <inheritdoc />
    protected override void EncodePart(string part, List<int> ids)
    {
        string text = TextRules.Lower(TextRules.CollapseSpace(CanonicalComposition.Normalize(part)));
        foreach (string word in ClipWords.Split(text))
        {
            if (word == Settings.Begin || word == Settings.End)
            {
                // A control token that only lower-casing has made.
                ids.Add(Vocabulary.Id(word)!.Value);
                continue;
            }

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
    protected override List<int> WithControlTokens(List<int> ids) => [BeginId ?? 0, .. ids, EndId ?? 0];

    /// <inheritdoc />
    protected override string Join(List<string> tokens) =>
        TextRules.Strip(ByteAlphabet.Decode(string.Concat(tokens)).Replace(WordEnd, " ", StringComparison.Ordinal));

    private static TokenizerSettings WithDefaults(TokenizerSettings settings) => settings with
    {
        Begin = settings.Begin ?? "<|startoftext|>",
        End = settings.End ?? "<|endoftext|>",
        Unknown = settings.Unknown ?? "<|endoftext|>",
        Pad = settings.Pad ?? "<|endoftext|>",
    };

    private static List<string> FirstSymbols(string word)
    {
        List<string> symbols = [.. word.Select(c => c.ToString())];
        symbols[^1] += WordEnd;
        return symbols;
    }

    private List<int> Truncate(string text, int length)
    {
        List<int> ids = EncodePlain(text);
        return WithControlTokens(ids.Count > length - 2 ? ids.GetRange(0, length - 2) : ids);
    }
}
