using System.Text;
using Pipeline.Models.Tokenizers.SentencePiece;
using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// What the tokenizers over a sentencepiece model share. In the legacy form, which the published files use, every part between control tokens gets its
/// own leading space; in the other only the start of the text does.
/// </summary>
public abstract class SentencePieceTokenizer : Tokenizer
{
    private static readonly string s_space = SentencePieceModel.SpaceSymbol.ToString();

    private readonly SentencePieceModel _model;

    private protected SentencePieceTokenizer(SentencePieceModel model, TokenizerSettings settings)
        : base(new Vocabulary(model.Tokens(), settings.Path), settings) => _model = model;

    private bool AddsPrefixSpace => Settings.AddsPrefixSpace ?? true;

    /// <summary>The newer form switches the model's own leading space off.</summary>
    private bool HasDummyPrefix => Settings.Legacy && _model.AddsDummyPrefix;

    /// <inheritdoc />
    public sealed override List<int> EncodePlain(string text)
    {
        if (Settings.Legacy || text.Length == 0)
        {
            return base.EncodePlain(text);
        }

        string spaced = text.Replace(SentencePieceModel.SpaceSymbol, ' ');
        List<int> ids = base.EncodePlain(AddsPrefixSpace ? s_space + spaced : spaced);
        bool loneSpace = ids.Count > 1 && TokenText(ids[0]) == s_space && IsSpecial(ids[1]);
        return loneSpace ? ids.GetRange(1, ids.Count - 1) : ids;
    }

    /// <summary>
    /// The sentencepiece model alone on the whole text: control tokens in it are plain text, nothing is put around. For comparisons.
    /// </summary>
    public IReadOnlyList<int> EncodeRaw(string text)
    {
        List<int> ids = [];
        _model.Encode(TextRules.WholeCharacters(text), ids, HasDummyPrefix);
        return ids;
    }

    /// <inheritdoc />
    protected sealed override void EncodePart(string part, List<int> ids) =>
        _model.Encode(part, ids, HasDummyPrefix, keepLeadingSpace: !Settings.Legacy && part[0] is ' ' or SentencePieceModel.SpaceSymbol);

    /// <inheritdoc />
    protected override string Join(List<string> tokens)
    {
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
                text.Append(!afterSpecial && HasSpaceBeforeSpecial(i) ? " " : "").Append(_model.Decode(run, HasDummyPrefix)).Append(tokens[i]);
                run.Clear();
            }

            afterSpecial = special;
        }

        return text.Append(_model.Decode(run, HasDummyPrefix)).ToString();
    }

    /// <summary>Whether printing a control token at this place adds a space before the words that lead to it.</summary>
    private protected abstract bool HasSpaceBeforeSpecial(int index);
}
