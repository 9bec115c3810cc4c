using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Tokenizers.SentencePiece;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// The vocabulary part of <c>tokenizer.json</c>. What its normaliser and pre-tokeniser do is given by the model family, so only the data is read, and
/// the marks by which a family is recognised.
/// </summary>
internal sealed class TokenizerJson
{
    private const string FileName = "tokenizer.json";
    private const long MaximumBytes = 64L << 20;

    private readonly ModelConfig _root;
    private readonly ModelConfig _model;

    private TokenizerJson(ModelConfig root)
    {
        _root = root;
        _model = root.Sub("model");
        Kind = _model.String("type", _model.Has("merges") ? "BPE" : "Unigram");
    }

    /// <summary><c>BPE</c> or <c>Unigram</c> or what else the file says.</summary>
    public string Kind { get; }

    /// <summary>The file.</summary>
    public string Path => _root.Path;

    /// <summary>True for CLIP's word-end marks.</summary>
    public bool HasWordEnds => _model.String("end_of_word_suffix", "") == "</w>";

    /// <summary>True for vocabularies over the byte alphabet.</summary>
    public bool IsByteLevel => Mentions("pre_tokenizer", "ByteLevel") || Mentions("decoder", "ByteLevel");

    /// <summary>True where unknown characters become byte pieces, as in Llama.</summary>
    public bool HasByteFallback => _model.Bool("byte_fallback", false);

    /// <summary>The file of a folder, or null where there is none.</summary>
    /// <exception cref="ModelFormatException">The file is malformed.</exception>
    public static TokenizerJson? Find(string directory)
    {
        string path = System.IO.Path.Combine(directory, FileName);
        return File.Exists(path) ? new TokenizerJson(ModelConfig.Read(path, MaximumBytes)) : null;
    }

    /// <summary>The added tokens of a folder's file; none where there is no file.</summary>
    public static IReadOnlyList<AddedToken> ReadAddedTokens(string directory) => Find(directory)?.AddedTokens() ?? [];

    /// <summary>Tokens and ids of a BPE vocabulary.</summary>
    public IEnumerable<KeyValuePair<string, int>> Tokens() => Vocabulary.Read(_model.Sub("vocab"));

    /// <summary>Merges in rank order; written as "a b" or, in newer files, as a list of two.</summary>
    public IEnumerable<(string Left, string Right)> Merges()
    {
        if (_model.Find("merges") is not { ValueKind: JsonValueKind.Array } merges)
        {
            throw _model.Wrong("merges", "a list");
        }

        foreach (JsonElement merge in merges.EnumerateArray())
        {
            string[] parts = merge.ValueKind switch
            {
                JsonValueKind.String => merge.GetString()!.Split(' '),
                JsonValueKind.Array => [.. merge.EnumerateArray().Select(p => p.ValueKind == JsonValueKind.String ? p.GetString()! : "")],
                _ => [],
            };
            yield return parts is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : throw _model.Wrong("merges", "a list of pairs");
        }
    }

    /// <summary>
    /// A BPE vocabulary with byte fallback as the sentencepiece model it was converted from: a piece's score is the rank of the first merge that makes it,
    /// so the same pair wins at every step.
    /// </summary>
    public SentencePieceFile ToSentencePieceBpe(TokenizerSettings settings)
    {
        Dictionary<string, int> ranks = new(StringComparer.Ordinal);
        int rank = 0;
        foreach ((string left, string right) in Merges())
        {
            ranks.TryAdd(left + right, rank++);
        }

        Dictionary<string, int> tokens = new(Tokens(), StringComparer.Ordinal);
        if (tokens.Count == 0 || tokens.Values.Min() < 0 || tokens.Values.Max() > Vocabulary.MaximumId)
        {
            throw _model.Wrong("vocab", "tokens with ids from 0");
        }

        string unknown = settings.Unknown ?? "<unk>";
        HashSet<string> control = [.. new[] { settings.Begin, settings.End }.OfType<string>(), .. settings.Added.Where(t => t.Special).Select(t => t.Text)];
        Piece[] pieces = new Piece[tokens.Values.Max() + 1];
        Array.Fill(pieces, new Piece("", 0, PieceKind.Control));
        foreach ((string text, int id) in tokens)
        {
            PieceKind kind = text == unknown ? PieceKind.Unknown
                : control.Contains(text) ? PieceKind.Control
                : HasByteFallback && SentencePieceModel.ByteOf(text) is not null ? PieceKind.Byte
                : PieceKind.Normal;
            // A piece of several characters that no merge makes can never be reached.
            pieces[id] = new Piece(text, -ranks.GetValueOrDefault(text, ranks.Count), kind);
        }

        return SentencePieceFile.FromParts(pieces, isUnigram: false, HasByteFallback, [], addDummyPrefix: true, removeExtraSpaces: false, Path);
    }

    /// <summary>A unigram vocabulary with its character map.</summary>
    public SentencePieceFile ToSentencePieceUnigram()
    {
        if (_model.Find("vocab") is not { ValueKind: JsonValueKind.Array } vocabulary)
        {
            throw _model.Wrong("vocab", "a list");
        }

        int unknown = _model.Int("unk_id", 0);
        List<Piece> pieces = [];
        foreach (JsonElement entry in vocabulary.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2 || entry[0].ValueKind != JsonValueKind.String
                || entry[1].ValueKind != JsonValueKind.Number || !float.IsFinite(entry[1].GetSingle()))
            {
                throw _model.Wrong("vocab", "a list of [text, score]");
            }

            string text = entry[0].GetString()!;
            PieceKind kind = pieces.Count == unknown ? PieceKind.Unknown : text is "<pad>" or "</s>" or "<s>" ? PieceKind.Control : PieceKind.Normal;
            pieces.Add(new Piece(text, entry[1].GetSingle(), kind));
        }

        return SentencePieceFile.FromParts(pieces, isUnigram: true, byteFallback: false, FindCharacterMap(), addDummyPrefix: true, removeExtraSpaces: true, Path);
    }

    private List<AddedToken> AddedTokens()
    {
        List<AddedToken> tokens = [];
        if (_root.Find("added_tokens") is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (JsonElement entry in list.EnumerateArray())
            {
                ModelConfig token = ModelConfig.Wrap(entry, Path, "added_tokens.");
                tokens.Add(TokenizerSettings.ToToken(token, token.Int("id")));
            }
        }

        return tokens;
    }

    /// <summary>The first <c>precompiled_charsmap</c> of the normaliser, wherever it is nested.</summary>
    private byte[] FindCharacterMap()
    {
        Stack<JsonElement> open = new();
        if (_root.Find("normalizer") is { } normalizer)
        {
            open.Push(normalizer);
        }

        while (open.TryPop(out JsonElement element))
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement child in element.EnumerateArray())
                {
                    open.Push(child);
                }
            }
            else if (element.ValueKind == JsonValueKind.Object)
            {
                if (element.TryGetProperty("precompiled_charsmap", out JsonElement map) && map.ValueKind == JsonValueKind.String)
                {
                    return map.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw _root.Wrong("normalizer", "given with a base64 character map");
                }

                foreach (JsonProperty child in element.EnumerateObject())
                {
                    open.Push(child.Value);
                }
            }
        }

        return [];
    }

    private bool Mentions(string section, string type) => _root.Find(section) is { } value && value.GetRawText().Contains($"\"{type}\"", StringComparison.Ordinal);
}
