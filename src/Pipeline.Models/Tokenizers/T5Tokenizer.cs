using Pipeline.Models.Tokenizers.SentencePiece;
using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// T5's sentencepiece unigram (Raffel et al. 2020, arXiv 1910.10683): end token behind, and the sentinels <c>&lt;extra_id_k&gt;</c> counted down from the
/// end of the vocabulary, which swallow the spaces around them.
/// </summary>
public sealed class T5Tokenizer : SentencePieceTokenizer
{
    /// <summary>Builds the tokenizer from its parts; use <see cref="TokenizerLoader"/> to read files.</summary>
    internal T5Tokenizer(SentencePieceModel model, TokenizerSettings settings)
        : base(model, WithDefaults(model, settings))
    {
    }

    /// <inheritdoc />
    protected override bool CleansUp => Settings.CleansUp ?? true;

    /// <inheritdoc />
    protected override List<int> WithControlTokens(List<int> ids)
    {
        if (EndId is { } end && (ids.Count == 0 || ids[^1] != end))
        {
            ids.Add(end);
        }

        return ids;
    }

    /// <inheritdoc />
    protected override string Join(List<string> tokens) => TextRules.Strip(base.Join(tokens));

    private protected override bool HasSpaceBeforeSpecial(int index) => true;

    private static TokenizerSettings WithDefaults(SentencePieceModel model, TokenizerSettings settings)
    {
        HashSet<string> known = [.. settings.Added.Select(t => t.Text)];
        string[] sentinels = [.. Enumerable.Range(0, settings.ExtraIds).Select(k => $"<extra_id_{k}>")];
        return settings with
        {
            End = settings.End ?? "</s>",
            Unknown = settings.Unknown ?? "<unk>",
            Pad = settings.Pad ?? "<pad>",
            AdditionalSpecial = settings.AdditionalSpecial.Count > 0 ? settings.AdditionalSpecial : sentinels,
            Added =
            [
                // Files older than the added-token list name no sentinel at all; those with a list hold the trimming flags too.
                .. settings.Added.Select(t => t.Text.StartsWith("<extra_id_", StringComparison.Ordinal) ? t with { Special = true, TrimsLeft = true, TrimsRight = true } : t),
                .. sentinels.Select((text, k) => new AddedToken(text, model.Size + settings.ExtraIds - 1 - k, true, true, true)).Where(t => !known.Contains(t.Text)),
            ],
        };
    }
}
