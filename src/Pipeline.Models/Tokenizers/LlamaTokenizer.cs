using System.Text;
using Pipeline.Models.Tokenizers.SentencePiece;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// The sentencepiece BPE of Llama, Mistral and Vicuna: start token in front, bytes for what is no piece. In the legacy form, which the published
/// LLaVA files use, every part between control tokens gets its own leading space; in the other only the start of the text does.
/// </summary>
public sealed class LlamaTokenizer : Tokenizer
{
    private readonly SentencePieceModel _model;

    /// <summary>Builds the tokenizer from its parts; use <see cref="TokenizerLoader"/> to read files.</summary>
    internal LlamaTokenizer(SentencePieceModel model, TokenizerSettings settings)
        : base(new Vocabulary(model.Tokens(), settings.Path), WithDefaults(settings)) => _model = model;

    /// <inheritdoc />
    protected override bool CleansUp => Settings.CleansUp ?? false;

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
        bool loneSpace = ids.Count > 1 && AddsPrefixSpace && TokenText(ids[0]) == SentencePieceModel.SpaceSymbol.ToString() && IsSpecial(ids[1]);
        return loneSpace ? ids.GetRange(1, ids.Count - 1) : ids;
    }

    /// <summary>
    /// The sentencepiece model alone on the whole text: control tokens in it are plain text, nothing is put around. For comparisons.
    /// </summary>
    public IReadOnlyList<int> EncodeRaw(string text)
    {
        List<int> ids = [];
        _model.Encode(Unicode.TextRules.WholeCharacters(text), ids, Settings.Legacy && _model.AddsDummyPrefix);
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
        if (Settings.AddsBegin != false && BeginId is { } begin)
        {
            ids.Insert(0, begin);
        }

        if (Settings.AddsEnd == true && EndId is { } end)
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
            tokens[0] = tokens[0][1..]; // the space that encoding put in front
        }

        StringBuilder text = new();
        List<string> run = [];
        bool afterSpecial = false;
        for (int i = 0; i < tokens.Count; i++)
        {
            bool special = IsSpecialText(tokens[i]);
            if (!special)
            {
                run.Add(tokens[i]);
            }
            else
            {
                text.Append(!afterSpecial && i != 0 && Settings.Legacy ? " " : "").Append(_model.Decode(run, dummy)).Append(tokens[i]);
                run.Clear();
            }

            afterSpecial = special;
        }

        return text.Append(_model.Decode(run, dummy)).ToString();
    }

    private static TokenizerSettings WithDefaults(TokenizerSettings settings) => settings with
    {
        Begin = settings.Begin ?? "<s>",
        End = settings.End ?? "</s>",
        Unknown = settings.Unknown ?? "<unk>",
    };
}
