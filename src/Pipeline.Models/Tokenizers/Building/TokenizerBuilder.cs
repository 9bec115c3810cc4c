using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models.Tokenizers.SentencePiece;

namespace Pipeline.Models.Tokenizers.Building;

/// <summary>
/// Learns small tokenizers from a text of one's own and writes them in the published families' file formats, for tiny models. The same text and size
/// give the same bytes.
/// </summary>
public static class TokenizerBuilder
{
    private const string WordEnd = "</w>";
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>CLIP's: <c>vocab.json</c>, <c>merges.txt</c> and settings for 77 positions.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="text">The text to learn from.</param>
    /// <param name="merges">Learned symbols besides the 512 of single bytes and the two control tokens.</param>
    /// <returns>The number of tokens; the end token is the last, the start token the one before.</returns>
    public static int WriteClip(string folder, string text, int merges)
    {
        var learned = BytePairTrainer.Learn(Counted(ClipWords.Split(text.ToLowerInvariant()).Select(word =>
        {
            List<string> symbols = Symbols(ByteAlphabet.Encode(word));
            symbols[^1] += WordEnd;
            return symbols;
        })), merges);
        string[] bytes = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.Symbol((byte)b).ToString())];
        string[] tokens = [.. bytes, .. bytes.Select(b => b + WordEnd), .. learned.Select(m => m.Left + m.Right), "<|startoftext|>", "<|endoftext|>"];
        WritePairs(folder, tokens, learned);
        JsonObject control = new()
        {
            ["bos_token"] = "<|startoftext|>", ["eos_token"] = "<|endoftext|>", ["unk_token"] = "<|endoftext|>", ["pad_token"] = "<|endoftext|>",
        };
        WriteJson(folder, "special_tokens_map.json", control);
        WriteSettings(folder, "CLIPTokenizer", control, new JsonObject { ["do_lower_case"] = true, ["model_max_length"] = ClipTokenizer.PromptLength, ["errors"] = "replace" });
        return tokens.Length;
    }

    /// <summary>GPT-2's in the form of OPT: control tokens 0 to 3, end and start are token 2, padding 1.</summary>
    /// <returns>The number of tokens.</returns>
    public static int WriteOpt(string folder, string text, int merges)
    {
        var learned = BytePairTrainer.Learn(Counted(Gpt2Words.Split(text).Select(word => Symbols(ByteAlphabet.Encode(word)))), merges);
        string[] tokens =
        [
            "<s>", "<pad>", "</s>", "<unk>", .. Enumerable.Range(0, 256).Select(b => ByteAlphabet.Symbol((byte)b).ToString()), .. learned.Select(m => m.Left + m.Right),
        ];
        WritePairs(folder, tokens, learned);
        JsonObject control = new() { ["bos_token"] = "</s>", ["eos_token"] = "</s>", ["unk_token"] = "</s>", ["pad_token"] = "<pad>" };
        WriteJson(folder, "special_tokens_map.json", control);
        WriteSettings(folder, "GPT2Tokenizer", control, new JsonObject
        {
            ["add_bos_token"] = true, ["add_prefix_space"] = false, ["errors"] = "replace",
            ["added_tokens_decoder"] = new JsonObject { ["1"] = Added("<pad>", normalized: true), ["2"] = Added("</s>", normalized: true) },
        });
        return tokens.Length;
    }

    /// <summary>Llama's: a sentencepiece BPE model with byte fallback, unknown 0, start 1, end 2; then the added tokens.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="text">The text to learn from.</param>
    /// <param name="merges">Learned symbols.</param>
    /// <param name="added">Control tokens after training.</param>
    /// <param name="whole">Texts that are always one token each, spaces and line ends included (sentencepiece's user-defined symbols); the longest wins.</param>
    /// <returns>The number of tokens, the added ones included; they are the last.</returns>
    public static int WriteLlama(string folder, string text, int merges, IReadOnlyList<string> added, IReadOnlyList<string>? whole = null)
    {
        string[] words = [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(w => SentencePieceModel.SpaceSymbol + w)];
        var learned = BytePairTrainer.Learn(Counted(words.Select(Symbols)), merges);
        string[] characters = [.. words.SelectMany(Symbols).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        List<Piece> pieces =
        [
            new("<unk>", 0, PieceKind.Unknown), new("<s>", 0, PieceKind.Control), new("</s>", 0, PieceKind.Control),
            .. Enumerable.Range(0, 256).Select(b => new Piece($"<0x{b:X2}>", 0, PieceKind.Byte)),
        ];
        HashSet<string> kept = [.. (whole ?? []).Select(w => w.Replace(' ', SentencePieceModel.SpaceSymbol))];
        pieces.AddRange(kept.Order(StringComparer.Ordinal).Select(w => new Piece(w, 0, PieceKind.UserDefined)));

        // The score is the rank: what was learned first is merged first; single characters come last.
        IEnumerable<string> symbols = learned.Select(m => m.Left + m.Right).Distinct(StringComparer.Ordinal).Concat(characters).Where(s => !kept.Contains(s));
        pieces.AddRange(symbols.Select((p, rank) => new Piece(p, -rank, PieceKind.Normal)));
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), SentencePieceWriter.BytePair(pieces));

        JsonObject decoder = new() { ["0"] = Added("<unk>"), ["1"] = Added("<s>"), ["2"] = Added("</s>") };
        JsonObject ids = [];
        for (int i = 0; i < added.Count; i++)
        {
            decoder[$"{pieces.Count + i}"] = Added(added[i]);
            ids[added[i]] = pieces.Count + i;
        }

        JsonObject control = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "<unk>", ["pad_token"] = added.Contains("<pad>") ? "<pad>" : "<unk>" };
        WriteJson(folder, "added_tokens.json", ids);
        WriteJson(folder, "special_tokens_map.json", control);
        WriteSettings(folder, "LlamaTokenizer", control, new JsonObject
        {
            ["add_bos_token"] = true, ["add_eos_token"] = false, ["add_prefix_space"] = true, ["legacy"] = true,
            ["clean_up_tokenization_spaces"] = false, ["added_tokens_decoder"] = decoder,
        });
        return pieces.Count + added.Count;
    }

    private static List<string> Symbols(string word) => [.. word.EnumerateRunes().Select(r => r.ToString())];

    private static IEnumerable<(IReadOnlyList<string> Symbols, int Count)> Counted(IEnumerable<List<string>> words) =>
        words.GroupBy(w => string.Join('\0', w), StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => ((IReadOnlyList<string>)g.First(), g.Count()));

    private static JsonObject Added(string content, bool normalized = false) => new()
    {
        ["content"] = content, ["lstrip"] = false, ["normalized"] = normalized, ["rstrip"] = false, ["single_word"] = false, ["special"] = true,
    };

    private static void WritePairs(string folder, string[] tokens, IEnumerable<(string Left, string Right)> merges)
    {
        JsonObject vocabulary = [];
        foreach ((int id, string token) in tokens.Index())
        {
            vocabulary.TryAdd(token, id);
        }

        WriteJson(folder, "vocab.json", vocabulary);
        StringBuilder lines = new("#version: 0.2\n");
        foreach ((string left, string right) in merges)
        {
            lines.Append(left).Append(' ').Append(right).Append('\n');
        }

        File.WriteAllText(Path.Combine(folder, "merges.txt"), lines.ToString());
    }

    private static void WriteSettings(string folder, string name, JsonObject control, JsonObject more)
    {
        JsonObject settings = new() { ["tokenizer_class"] = name };
        foreach ((string key, JsonNode? value) in control.Concat(more))
        {
            settings[key] = value?.DeepClone();
        }

        WriteJson(folder, "tokenizer_config.json", settings);
    }

    private static void WriteJson(string folder, string name, JsonObject content) =>
        File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(s_indented) + "\n");
}
