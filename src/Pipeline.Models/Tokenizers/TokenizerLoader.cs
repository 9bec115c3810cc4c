using Pipeline.Models.Checkpoints;
using Pipeline.Models.Tokenizers.SentencePiece;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// Reads the tokenizer of a model folder: <c>vocab.json</c> with <c>merges.txt</c>, or <c>tokenizer.model</c>, or <c>spiece.model</c>, or, where none of
/// them is there, <c>tokenizer.json</c>. The family is the class named in <c>tokenizer_config.json</c>, else what the files look like.
/// </summary>
public static class TokenizerLoader
{
    private const long MaximumVocabularyBytes = 64L << 20;

    /// <summary>CLIP reads no more merges than its own vocabulary has: 49152 entries less 256 bytes and two control tokens.</summary>
    private const int ClipMerges = 49152 - 256 - 2;

    /// <summary>Reads the tokenizer of a folder.</summary>
    /// <exception cref="ModelFormatException">No tokenizer is there, its files are damaged, or its family is not supported.</exception>
    public static ITokenizer Load(string directory)
    {
        try
        {
            TokenizerSettings settings = TokenizerSettings.Load(directory);
            return Family(directory, settings) switch
            {
                "CLIPTokenizer" => Clip(directory, settings),
                "GPT2Tokenizer" => Gpt2(directory, settings),
                "LlamaTokenizer" => Llama(directory, settings),
                "T5Tokenizer" => T5(directory, settings),
                string other => throw new ModelFormatException($"{directory}: tokenizer class {other} is not supported (CLIP, GPT-2, Llama and T5 are)"),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            // InvalidOperationException: text in the JSON that is not valid UTF-16.
            throw new ModelFormatException($"{directory}: the tokenizer cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads a tokenizer that must be CLIP's.</summary>
    /// <inheritdoc cref="Load"/>
    public static ClipTokenizer LoadClip(string directory) => Load(directory) as ClipTokenizer
        ?? throw new ModelFormatException($"{directory}: holds a tokenizer, but not CLIP's");

    private static ClipTokenizer Clip(string directory, TokenizerSettings settings)
    {
        (Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges) = PairVocabulary(directory);
        return new ClipTokenizer(vocabulary, merges.Take(ClipMerges), settings);
    }

    private static Gpt2Tokenizer Gpt2(string directory, TokenizerSettings settings)
    {
        (Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges) = PairVocabulary(directory);
        return new Gpt2Tokenizer(vocabulary, merges, settings);
    }

    private static (Vocabulary Vocabulary, IEnumerable<(string Left, string Right)> Merges) PairVocabulary(string directory)
    {
        if (FindPairFiles(directory) is { } files)
        {
            return (ReadVocabulary(files.Vocabulary), ReadMerges(files.Merges));
        }

        TokenizerJson json = FromJson(directory);
        return (new Vocabulary(json.Tokens(), json.Path), json.Merges());
    }

    private static LlamaTokenizer Llama(string directory, TokenizerSettings settings)
    {
        string path = Path.Combine(directory, "tokenizer.model");
        SentencePieceFile file = File.Exists(path) ? SentencePieceFile.Read(path) : FromJson(directory).ToSentencePieceBpe(settings);
        return new LlamaTokenizer(new SentencePieceModel(file, path), settings);
    }

    private static T5Tokenizer T5(string directory, TokenizerSettings settings)
    {
        string path = Path.Combine(directory, "spiece.model");
        SentencePieceFile file = File.Exists(path) ? SentencePieceFile.Read(path) : FromJson(directory).ToSentencePieceUnigram();
        return new T5Tokenizer(new SentencePieceModel(file, path), settings);
    }

    private static string Family(string directory, TokenizerSettings settings)
    {
        if (settings.ClassName is { } name && name != "PreTrainedTokenizer")
        {
            return name;
        }

        if (File.Exists(Path.Combine(directory, "tokenizer.model")))
        {
            return "LlamaTokenizer";
        }

        if (File.Exists(Path.Combine(directory, "spiece.model")))
        {
            return "T5Tokenizer";
        }

        if (FindPairFiles(directory) is { } files)
        {
            return ReadMerges(files.Merges).Any(m => m.Right.EndsWith("</w>", StringComparison.Ordinal)) ? "CLIPTokenizer" : "GPT2Tokenizer";
        }

        TokenizerJson json = FromJson(directory);
        return (json.Kind, json.HasWordEnds, json.IsByteLevel, json.HasByteFallback) switch
        {
            ("BPE", true, _, _) => "CLIPTokenizer",
            ("BPE", _, true, _) => "GPT2Tokenizer",
            ("BPE", _, _, true) => "LlamaTokenizer",
            ("Unigram", _, _, _) => "T5Tokenizer",
            _ => json.Kind,
        };
    }

    private static TokenizerJson FromJson(string directory) => TokenizerJson.Find(directory)
        ?? throw new ModelFormatException($"{directory}: has no tokenizer (vocab.json with merges.txt, tokenizer.model, spiece.model or tokenizer.json)");

    private static (string Vocabulary, string Merges)? FindPairFiles(string directory)
    {
        (string vocabulary, string merges) = (Path.Combine(directory, "vocab.json"), Path.Combine(directory, "merges.txt"));
        return File.Exists(vocabulary) && File.Exists(merges) ? (vocabulary, merges) : null;
    }

    private static Vocabulary ReadVocabulary(string path)
    {
        ModelConfig file = ModelConfig.Read(path, MaximumVocabularyBytes);
        return new Vocabulary(Vocabulary.Read(file), path);
    }

    /// <summary>The first line is a comment with a version, whatever it says.</summary>
    private static IEnumerable<(string Left, string Right)> ReadMerges(string path)
    {
        if (new FileInfo(path).Length > MaximumVocabularyBytes)
        {
            throw new ModelFormatException($"{path}: more than the limit of {MaximumVocabularyBytes} bytes");
        }

        foreach (string line in File.ReadLines(path).Skip(1))
        {
            if (line.Length == 0)
            {
                continue;
            }

            yield return line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string left, string right]
                ? (left, right)
                : throw new ModelFormatException($"{path}: '{(line.Length > 40 ? line[..40] : line)}' is not a pair of symbols");
        }
    }
}
