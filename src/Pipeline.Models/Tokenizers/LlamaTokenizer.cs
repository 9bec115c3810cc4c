using Pipeline.Models.Tokenizers.SentencePiece;

namespace Pipeline.Models.Tokenizers;

/// <summary>The sentencepiece BPE of Llama, Mistral and Vicuna: start token in front, bytes for what is no piece.</summary>
public sealed class LlamaTokenizer : SentencePieceTokenizer
{
    /// <summary>Builds the tokenizer from its parts; use <see cref="TokenizerLoader"/> to read files.</summary>
    internal LlamaTokenizer(SentencePieceModel model, TokenizerSettings settings)
        : base(model, WithDefaults(settings))
    {
    }

    /// <inheritdoc />
    protected override bool CleansUp => Settings.CleansUp ?? false;

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

    private protected override bool HasSpaceBeforeSpecial(int index) => index != 0 && Settings.Legacy;

    private static TokenizerSettings WithDefaults(TokenizerSettings settings) => settings with
    {
        Begin = settings.Begin ?? "<s>",
        End = settings.End ?? "</s>",
        Unknown = settings.Unknown ?? "<unk>",
    };
}
