using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Tokenizers;
using Pipeline.Models.Tokenizers.SentencePiece;
using Pipeline.TestKit;

namespace Pipeline.Models.Tests.Tokenizers;

/// <summary>The newer single file and hostile files.</summary>
public sealed class TokenizerFilesTests
{
    [Theory]
    [InlineData("tokenizer_clip", false)]
    [InlineData("tokenizer_clip", true)]
    [InlineData("tokenizer_gpt2_opt", false)]
    [InlineData("tokenizer_gpt2_opt", true)]
    public void Tokenizer_json_gives_the_ids_of_vocabulary_and_merges(string name, bool mergesAsLists)
    {
        string source = Fixtures.Path("goldens", "transformers", name);
        string[] merges = [.. File.ReadLines(Path.Combine(source, "merges.txt")).Skip(1).Where(l => l.Length > 0)];
        JsonObject model = new()
        {
            ["type"] = "BPE",
            ["vocab"] = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "vocab.json"))),
            ["merges"] = mergesAsLists ? new JsonArray([.. merges.Select(m => new JsonArray([.. m.Split(' ').Select(p => JsonValue.Create(p))]))]) : new JsonArray([.. merges.Select(m => JsonValue.Create(m))]),
            ["end_of_word_suffix"] = name == "tokenizer_clip" ? "</w>" : "",
        };
        SameIds(name, new JsonObject { ["model"] = model, ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel" } });
    }

    [Fact]
    public void Tokenizer_json_of_a_llama_model_gives_the_ids_of_its_sentencepiece_file()
    {
        SentencePieceFile file = SentencePieceFile.Read(Fixtures.Path("goldens", "transformers", "tokenizer_llama", "tokenizer.model"));
        Dictionary<string, int> ids = file.Pieces.Select((p, i) => (p.Text, i)).ToDictionary(p => p.Text, p => p.i, StringComparer.Ordinal);
        // The conversion lists, for every piece from the best score down, each split of it into two pieces.
        JsonArray merges = [];
        foreach (Piece piece in file.Pieces.Where(p => p.Kind == PieceKind.Normal).OrderByDescending(p => p.Score))
        {
            for (int at = 1; at < piece.Text.Length; at++)
            {
                if (ids.ContainsKey(piece.Text[..at]) && ids.ContainsKey(piece.Text[at..]))
                {
                    merges.Add((JsonNode)new JsonArray(piece.Text[..at], piece.Text[at..]));
                }
            }
        }

        JsonObject model = new()
        {
            ["type"] = "BPE",
            ["byte_fallback"] = true,
            ["vocab"] = new JsonObject(ids.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["merges"] = merges,
        };
        SameIds("tokenizer_llama", new JsonObject { ["model"] = model });
    }

    [Fact]
    public void Tokenizer_json_of_a_unigram_model_gives_the_ids_of_its_sentencepiece_file()
    {
        SentencePieceFile file = SentencePieceFile.Read(Fixtures.Path("goldens", "transformers", "tokenizer_t5", "spiece.model"));
        JsonObject model = new()
        {
            ["type"] = "Unigram",
            ["unk_id"] = file.UnknownId,
            ["vocab"] = new JsonArray([.. file.Pieces.Select(p => new JsonArray(p.Text, (double)p.Score))]),
        };
        JsonObject normalizer = new()
        {
            ["type"] = "Sequence",
            ["normalizers"] = new JsonArray(new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(file.CharacterMap) }),
        };
        SameIds("tokenizer_t5", new JsonObject { ["model"] = model, ["normalizer"] = normalizer });
    }

    [Fact]
    public void The_family_is_found_without_a_class_name()
    {
        foreach ((string name, Type type) in new[] { ("tokenizer_clip", typeof(ClipTokenizer)), ("tokenizer_gpt2_opt", typeof(Gpt2Tokenizer)), ("tokenizer_llama", typeof(LlamaTokenizer)), ("tokenizer_t5", typeof(T5Tokenizer)) })
        {
            using TemporaryFolder folder = new();
            foreach (string file in Directory.EnumerateFiles(Fixtures.Path("goldens", "transformers", name)).Where(f => !f.EndsWith("_config.json", StringComparison.Ordinal)))
            {
                File.Copy(file, folder.File(Path.GetFileName(file)));
            }

            Assert.IsType(type, TokenizerLoader.Load(folder.Path));
        }
    }

    [Fact]
    public void A_folder_without_a_tokenizer_says_what_it_looked_for()
    {
        using TemporaryFolder folder = new();
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => TokenizerLoader.Load(folder.Path));
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", "{\"a\": \"b\"}")]
    [InlineData("vocab.json", "{\"a\": -1}")]
    [InlineData("vocab.json", "{\"a\": 2000000000}")]
    [InlineData("vocab.json", "[1, 2]")]
    [InlineData("vocab.json", "{\"a\": 1")]
    [InlineData("merges.txt", "#version\na b c")]
    [InlineData("tokenizer_config.json", "{\"tokenizer_class\": \"XlnetTokenizer\"}")]
    [InlineData("tokenizer_config.json", "{\"tokenizer_class\": 5}")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {}}}")]
    [InlineData("tokenizer_config.json", "{\"bos_token\": \"\\ud800\"}")]
    public void A_damaged_file_is_refused_by_name(string file, string content)
    {
        using TemporaryFolder folder = new();
        foreach (string path in Directory.EnumerateFiles(Fixtures.Path("goldens", "transformers", "tokenizer_clip")))
        {
            File.Copy(path, folder.File(Path.GetFileName(path)));
        }

        File.WriteAllText(folder.File(file), content);
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => TokenizerLoader.Load(folder.Path));
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sentencepiece_file_with_changed_bytes_is_read_or_refused_never_a_crash()
    {
        byte[] good = File.ReadAllBytes(Fixtures.Path("goldens", "transformers", "tokenizer_t5", "spiece.model"));
        Gen<(int At, int Value)> change = from at in Gen.Choose(0, good.Length - 1) from value in Gen.Choose(0, 255) select (at, value);
        Prop.ForAll(change.ArrayOf().ToArbitrary(), changes =>
        {
            byte[] bytes = (byte[])good.Clone();
            foreach ((int at, int value) in changes)
            {
                bytes[at] = (byte)value;
            }

            try
            {
                List<int> ids = [];
                new SentencePieceModel(SentencePieceFile.Parse(bytes, "changed"), "changed").Encode("some text ① to try, 123 ½", ids, true);
            }
            catch (ModelFormatException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void A_character_map_that_would_blow_a_text_up_is_refused()
    {
        byte[] map = [4, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat((byte)'a', 300), 0];
        Assert.Throws<ModelFormatException>(() => new CharacterMap(map, "bomb"));
        Assert.Throws<ModelFormatException>(() => new CharacterMap([255, 255, 255, 255, 0], "cut"));
        Assert.Throws<ModelFormatException>(() => new CharacterMap([1], "short"));
    }

    private static void SameIds(string name, JsonObject tokenizerJson)
    {
        string source = Fixtures.Path("goldens", "transformers", name);
        using TemporaryFolder folder = new();
        foreach (string file in new[] { "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json" }.Where(f => File.Exists(Path.Combine(source, f))))
        {
            File.Copy(Path.Combine(source, file), folder.File(file));
        }

        File.WriteAllText(folder.File("tokenizer.json"), tokenizerJson.ToJsonString());
        ITokenizer tokenizer = TokenizerLoader.Load(folder.Path);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(source, "expected.json")));
        foreach (JsonElement entry in expected.RootElement.EnumerateArray())
        {
            int[] ids = [.. entry.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
            Assert.Equal(ids, tokenizer.Encode(entry.GetProperty("text").GetString()!));
            Assert.Equal(entry.GetProperty("decode_skip_special").GetString(), tokenizer.Decode(ids));
        }
    }
}
