using System.Globalization;
using System.Text.Json;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// What stands beside a vocabulary: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c> and the added tokens of
/// <c>tokenizer.json</c>. Each file may be absent; the earlier one wins.
/// </summary>
public sealed record TokenizerSettings
{
    /// <summary>The class that wrote the files, without "Fast": <c>CLIPTokenizer</c>, <c>LlamaTokenizer</c>; null when unknown.</summary>
    public string? ClassName { get; init; }

    /// <summary>Spelling of the start token, or null.</summary>
    public string? Begin { get; init; }

    /// <summary>Spelling of the end token, or null.</summary>
    public string? End { get; init; }

    /// <summary>Spelling of the token for what the vocabulary cannot express, or null.</summary>
    public string? Unknown { get; init; }

    /// <summary>Spelling of the padding token, or null.</summary>
    public string? Pad { get; init; }

    /// <summary>Further control tokens.</summary>
    public IReadOnlyList<string> AdditionalSpecial { get; init; } = [];

    /// <summary>Tokens added after training, with their ids.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Whether decoding joins punctuation to words; null means the class's default.</summary>
    public bool? CleansUp { get; init; }

    /// <summary>Whether the start token is put in front; null means the class's default.</summary>
    public bool? AddsBegin { get; init; }

    /// <summary>Whether the end token is appended; null means the class's default.</summary>
    public bool? AddsEnd { get; init; }

    /// <summary>Llama and T5: every part between special tokens gets its own leading space. True by default.</summary>
    public bool Legacy { get; init; } = true;

    /// <summary>Whether a space is put before the text; null means the class's default.</summary>
    public bool? AddsPrefixSpace { get; init; }

    /// <summary>T5: number of <c>&lt;extra_id_k&gt;</c> tokens.</summary>
    public int ExtraIds { get; init; } = 100;

    /// <summary>Longest sequence, <see cref="int.MaxValue"/> when the files set none.</summary>
    public int MaximumLength { get; init; } = int.MaxValue;

    /// <summary>The folder, for messages.</summary>
    public string Path { get; init; } = "";

    /// <summary>Reads the files of a folder.</summary>
    /// <exception cref="ModelFormatException">A file is malformed.</exception>
    public static TokenizerSettings Load(string directory)
    {
        ModelConfig config = ReadOptional(directory, "tokenizer_config.json");
        ModelConfig map = ReadOptional(directory, "special_tokens_map.json");
        string? className = config.Has("tokenizer_class") ? config.String("tokenizer_class") : null;
        return new TokenizerSettings
        {
            Path = directory,
            ClassName = className?.EndsWith("Fast", StringComparison.Ordinal) == true ? className[..^4] : className,
            Begin = TokenText(config, "bos_token") ?? TokenText(map, "bos_token"),
            End = TokenText(config, "eos_token") ?? TokenText(map, "eos_token"),
            Unknown = TokenText(config, "unk_token") ?? TokenText(map, "unk_token"),
            Pad = TokenText(config, "pad_token") ?? TokenText(map, "pad_token"),
            AdditionalSpecial = Additional(config) ?? Additional(map) ?? [],
            Added = ReadAdded(directory, config),
            CleansUp = OptionalBool(config, "clean_up_tokenization_spaces"),
            AddsBegin = OptionalBool(config, "add_bos_token"),
            AddsEnd = OptionalBool(config, "add_eos_token"),
            Legacy = OptionalBool(config, "legacy") ?? true,
            AddsPrefixSpace = OptionalBool(config, "add_prefix_space"),
            ExtraIds = Math.Clamp(config.Int("extra_ids", 100), 0, 10_000),
            // "No limit" is written as 10^30.
            MaximumLength = (int)Math.Clamp(config.Double("model_max_length", int.MaxValue), 1, int.MaxValue),
        };
    }

    private static IReadOnlyList<AddedToken> ReadAdded(string directory, ModelConfig config)
    {
        Dictionary<string, AddedToken> added = new(StringComparer.Ordinal);
        ModelConfig decoder = config.Sub("added_tokens_decoder");
        foreach ((string key, JsonElement value) in decoder.Entries)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || value.ValueKind != JsonValueKind.Object)
            {
                throw decoder.Wrong(key, "an object under a whole number");
            }

            AddedToken token = ToToken(decoder.Sub(key), id);
            added.TryAdd(token.Text, token);
        }

        ModelConfig old = ReadOptional(directory, "added_tokens.json");
        foreach ((string text, int id) in Vocabulary.Read(old))
        {
            added.TryAdd(text, new AddedToken(text, id, Special: false));
        }

        return added.Count > 0 ? [.. added.Values.OrderBy(t => t.Id)] : TokenizerJson.ReadAddedTokens(directory);
    }

    internal static AddedToken ToToken(ModelConfig entry, int id) => new(
        entry.String("content"), id, entry.Bool("special", false), entry.Bool("lstrip", false), entry.Bool("rstrip", false));

    private static ModelConfig ReadOptional(string directory, string file)
    {
        string path = System.IO.Path.Combine(directory, file);
        return File.Exists(path) ? ModelConfig.Read(path) : ModelConfig.Parse("{}"u8.ToArray(), path);
    }

    /// <summary>A token is written as its text or as an object with <c>content</c>.</summary>
    private static string? TokenText(ModelConfig config, string key) => config.Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.Object ? config.Sub(key).String("content") : config.String(key);

    private static string[]? Additional(ModelConfig config)
    {
        const string key = "additional_special_tokens";
        if (config.Find(key) is not { } list)
        {
            return null;
        }

        return list.ValueKind != JsonValueKind.Array ? throw config.Wrong(key, "a list") :
        [
            .. list.EnumerateArray().Select(e => e.ValueKind switch
            {
                JsonValueKind.String => e.GetString()!,
                JsonValueKind.Object when e.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String => content.GetString()!,
                _ => throw config.Wrong(key, "a list of tokens"),
            }),
        ];
    }

    private static bool? OptionalBool(ModelConfig config, string key) => config.Has(key) ? config.Bool(key) : null;
}
