using System.Text;
using Pipeline.Models.Tokenizers.SentencePiece;
using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// T5's sentencepiece unigram (Raffel et al. 2020, arXiv 1910.10683): end token behind, and the sentinels <c>&lt;extra_id_k&gt;</c> counted down from the
/// end of the vocabulary, which swallow the spaces around them.
/// </summary>
public sealed class T5Tokenizer : Tokenizer
{
    private readonly SentencePieceModel _model;

    /// <summary>Builds the tokenizer from its parts; use <see cref="TokenizerLoader"/> to read files.</summary>
    internal T5Tokenizer(SentencePieceModel model, TokenizerSettings settings)
        : base(new Vocabulary(model.Tokens(), settings.Path), WithDefaults(model, settings)) => _model = model;

    /// <inheritdoc />
    protected override bool CleansUp => Settings.CleansUp ?? true;

    private bool AddsPrefixSpace => Settings.AddsPrefixSpace ?? true;

    /// <inheritdoc />
    public override List<int> EncodePlain(string text)
    {
        if (Settings.Legacy || text.Length == 0)
        {
            return base.EncodePlain(text);
        }

        string spaced = text.Replace(SentencePieceModel.SpaceSymbol, ' ');
        List<int> ids = base.EncodePlain(AddsPrefixSpace ? SentencePieceModel.SpaceSymbol + spaced : spaced);
        bool loneSpace = ids.Count > 1 && TokenText(ids[0]) == SentencePieceModel.SpaceSymbol.ToString() && IsSpecial(ids[1]);
        return loneSpace ? ids.GetRange(1, ids.Count - 1) : ids;
    }

    /// <inheritdoc cref="LlamaTokenizer.EncodeRaw"/>
    public IReadOnlyList<int> EncodeRaw(string text)
    {
        List<int> ids = [];
        _model.Encode(TextRules.WholeCharacters(text), ids, Settings.Legacy && _model.AddsDummyPrefix);
        return ids;
    }

    /// <inheritdoc />
    protected override void EncodePart(string part, List<int> ids)
    {
        if (Settings.Legacy)
        {
            _model.Encode(part, ids, _model.AddsDummyPrefix);
        }
        else
        {
            _model.Encode(part, ids, dummyPrefix: false, keepLeadingSpace: part[0] is ' ' or SentencePieceModel.SpaceSymbol);
        }
    }

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
    protected override string Join(List<string> tokens)
    {
        bool dummy = Settings.Legacy && _model.AddsDummyPrefix;
        if (AddsPrefixSpace && tokens[0].StartsWith(SentencePieceModel.SpaceSymbol))
        {
            tokens[0] = tokens[0][1..];
        }

        StringBuilder text = new();
        List<string> run = [];
        bool afterSpecial = false;
        foreach (string token in tokens)
        {
            bool special = IsSpecialText(token);
            if (!special)
            {
                run.Add(token);
            }
            else
            {
                text.Append(afterSpecial ? "" : " ").Append(_model.Decode(run, dummy)).Append(token);
                run.Clear();
            }

            afterSpecial = special;
        }

        return TextRules.Strip(text.Append(_model.Decode(run, dummy)).ToString());
    }

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
