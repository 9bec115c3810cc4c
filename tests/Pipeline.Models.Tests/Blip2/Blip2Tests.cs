using System.Text;
using Pipeline.Imaging;
using Pipeline.Models.Blip2;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Tokenizers;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Blip2;

/// <summary>The captioner around the tiny reference checkpoints, whose numbers the parity cases hold; here batching, caching and options.</summary>
public sealed class Blip2Tests
{
    private static readonly HashSet<int> s_none = [];

    [Theory]
    [InlineData("blip2_opt", 1)]
    [InlineData("blip2_opt", 3)]
    [InlineData("blip2_t5", 1)]
    [InlineData("blip2_t5", 3)]
    public void Captions_in_a_batch_are_those_of_the_single_pictures(string checkpoint, int beams)
    {
        using var model = Blip2Model.Load(Folder(checkpoint));
        var pictures = Pictures(checkpoint);
        foreach (var prompt in new[] { null, "a photo of", "Question: what mood is this? Answer:" })
        {
            var options = new CaptionOptions { MaxNewTokens = 10, Beams = beams };
            Assert.Equal(pictures.Select(p => model.Caption(p, prompt, options)), model.Captions(pictures, prompt, options));
        }
    }

    [Theory]
    [InlineData("blip2_opt")]
    [InlineData("blip2_t5")]
    public void Prompts_of_different_lengths_in_a_batch_are_continued_as_alone(string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = Blip2Model.Load(Folder(checkpoint));
        var tokenizer = TokenizerLoader.Load(Folder(checkpoint));
        var image = Tensors.Noise(1, 2, 8, model.Network.LanguageModel.Width);
        IReadOnlyList<int>[] prompts = [tokenizer.Encode("Question: what is shown? Answer:"), tokenizer.Encode("a")];
        var side = model.Network.LanguageModel.PadsLeft ? PaddingSide.Left : PaddingSide.Right;
        var batch = TokenBatch.Pad(prompts, model.PadToken, side);
        var options = new CaptionOptions { MaxNewTokens = 9, StopTokens = s_none };
        using var together = new LogitsKeeper();
        var written = model.Write(image, batch.IdsTensor(), batch.MaskTensor(), options, together);
        for (var row = 0; row < 2; row++)
        {
            using var single = new LogitsKeeper();
            var ids = Tensors.Ids([.. prompts[row]]);
            Assert.Equal(written[row], model.Write(image.narrow(0, row, 1), ids, ones_like(ids), options, single)[0]);
            Tensors.AssertClose(single.All(), together.All().narrow(0, row, 1), 1e-3);
        }
    }

    [Theory]
    [InlineData("blip2_opt")]
    [InlineData("blip2_t5")]
    public void Logits_with_a_cache_are_those_of_one_pass(string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = Blip2Model.Load(Folder(checkpoint));
        var language = model.Network.LanguageModel;
        var image = Tensors.Noise(2, 1, 8, language.Width);
        var prompt = Tensors.Ids(3, 8, 5);
        using var steps = new LogitsKeeper();
        var written = model.Write(image, prompt, ones_like(prompt), new CaptionOptions { MaxNewTokens = 12, StopTokens = s_none }, steps)[0];

        Tensor whole;
        if (language is T5ForConditionalGeneration)
        {
            whole = language.Logits(image, prompt, ones_like(prompt), Tensors.Ids([language.OutputStartToken, .. written.SkipLast(1)]), null);
        }
        else
        {
            var ids = Tensors.Ids([3, 8, 5, .. written.SkipLast(1)]);
            whole = language.Logits(image, ids, ones_like(ids), null, null).narrow(1, 8 + 2, 12);
        }

        Tensors.AssertClose(whole, steps.All(), 1e-3);
    }

    [Fact]
    public void A_stored_copy_of_the_tied_head_and_stray_buffers_change_nothing()
    {
        using var folder = Copy("blip2_opt", tensors =>
        [
            .. tensors,
            ("language_model.lm_head.weight", tensors.First(t => t.Name == "language_model.model.decoder.embed_tokens.weight").Value),
            ("qformer.embeddings.position_ids", arange(512).unsqueeze(0)),
        ]);
        using var original = Blip2Model.Load(Folder("blip2_opt"));
        using var copy = Blip2Model.Load(folder.Path);
        Assert.Equal(original.Captions(Pictures("blip2_opt")), copy.Captions(Pictures("blip2_opt")));
    }

    [Fact]
    public void A_tied_T5_scales_its_state_and_uses_the_token_table()
    {
        using var scope = NewDisposeScope();
        using var folder = Copy("blip2_t5", tensors => [.. tensors.Where(t => t.Name != "language_model.lm_head.weight")]);
        var config = File.ReadAllText(folder.File("config.json"));
        using var untied = Blip2Network.Load(Folder("blip2_t5"));
        Assert.Contains("\"tie_word_embeddings\": false", config, StringComparison.Ordinal);
        File.WriteAllText(folder.File("config.json"), config.Replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true", StringComparison.Ordinal));
        using var tied = Blip2Network.Load(folder.Path);
        var (image, ids) = (Tensors.Noise(3, 1, 8, 40), Tensors.Ids(4, 6));
        var (a, b) = (untied.LanguageModel.Logits(image, ids, ones_like(ids), ids, null), tied.LanguageModel.Logits(image, ids, ones_like(ids), ids, null));
        var weights = untied.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var (head, table) = (weights["language_model.lm_head.weight"], weights["language_model.shared.weight"]);
        // a = s·headᵀ with more rows than columns: the state s follows from a, and b must be s/√d·tableᵀ.
        var state = a[0].matmul(linalg.pinv(head.detach().transpose(0, 1)));
        Tensors.AssertClose((state / Math.Sqrt(40)).matmul(table.detach().transpose(0, 1)), b[0], 2e-2);
    }

    [Theory]
    [InlineData("""{"model_type": "blip"}""")]
    [InlineData("""{"model_type": "blip-2", "text_config": {"model_type": "llama"}}""")]
    [InlineData("""{"model_type": "blip-2", "text_config": {"model_type": "opt", "do_layer_norm_before": false}}""")]
    [InlineData("""{"model_type": "blip-2", "text_config": {"model_type": "opt", "hidden_size": 1024, "num_attention_heads": 16, "word_embed_proj_dim": 512}}""")]
    [InlineData("""{"model_type": "blip-2", "text_config": {"model_type": "t5", "relative_attention_num_buckets": 3}}""")]
    [InlineData("""{"model_type": "blip-2", "qformer_config": {"use_qformer_text_input": true}}""")]
    [InlineData("""{"model_type": "blip-2", "qformer_config": {"position_embedding_type": "relative_key"}}""")]
    [InlineData("""{"model_type": "blip-2", "num_query_tokens": 0}""")]
    public void What_is_not_computed_is_refused_with_the_file_named(string json)
    {
        var error = Assert.Throws<ModelFormatException>(() => Blip2Config.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "x/config.json")));
        Assert.Contains("x/config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_file_leaves_out_has_the_class_defaults()
    {
        var config = Blip2Config.From(ModelConfig.Parse("""{"model_type": "blip-2"}"""u8.ToArray(), "config.json"));
        Assert.Equal((32, 1408, 39, 1e-6), (config.Queries, config.Vision.Tower.Hidden, config.Vision.Tower.Layers, config.Vision.Tower.Epsilon));
        Assert.Equal((768, 12, 1e-12, 1408), (config.QFormer.Hidden, config.QFormer.Layers, config.QFormer.Epsilon, config.QFormer.ImageWidth));
        Assert.Equal((50272, "relu", 2), (config.Opt!.Vocabulary, config.Opt.Activation, config.Opt.StartToken));
    }

    [Theory]
    [InlineData("""{"feed_forward_proj": "gated-gelu"}""", "gelu_new", true)]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "dense_act_fn": "gelu"}""", "gelu", true)]
    [InlineData("""{"feed_forward_proj": "gated-silu"}""", "silu", true)]
    [InlineData("""{}""", "relu", false)]
    public void The_feed_forward_of_T5_follows_the_configuration(string json, string activation, bool gated)
    {
        var config = T5Config.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json"));
        Assert.Equal((activation, gated), (config.Activation, config.Gated));
    }

    [Fact]
    public void Relative_positions_fall_into_the_published_buckets()
    {
        using var scope = NewDisposeScope();
        var config = new T5Config();
        // Encoder, 32 buckets to distance 128: exact below 8, then 8 logarithmic ones; keys behind the query start at 16.
        var encoder = T5RelativePositions.Buckets(200, 1, 401, true, config, CPU).ToHost<long>();
        Assert.Equal([0, 1, 7, 8, 8, 9, 10, 12, 15, 15], new[] { 0, 1, 7, 8, 11, 12, 16, 32, 128, 200 }.Select(d => (int)encoder[200 - d]));
        Assert.Equal([17, 23, 24, 31], new[] { 1, 7, 8, 150 }.Select(d => (int)encoder[200 + d]));
        // Decoder: the future shares the bucket of the present; exact below 16.
        var decoder = T5RelativePositions.Buckets(200, 1, 401, false, config, CPU).ToHost<long>();
        Assert.Equal([0, 1, 15, 16, 26, 31, 0, 0], new[] { 0, 1, 15, 16, 64, 200, -1, -50 }.Select(d => (int)decoder[200 - d]));
    }

    [Fact]
    public void A_text_beyond_the_position_table_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = Blip2Model.Load(Folder("blip2_opt"));
        var ids = full([1, 121], 5, ScalarType.Int64);
        Assert.Throws<ArgumentException>(() => model.Write(Tensors.Noise(1, 1, 8, 56), ids, ones_like(ids), new CaptionOptions()));
    }

    [Theory]
    [InlineData("blip2_opt")]
    [InlineData("blip2_t5")]
    public void No_tensor_is_left_behind(string checkpoint)
    {
        var pictures = Pictures(checkpoint);
        Tensors.AssertNothingLeft(() =>
        {
            using var model = Blip2Model.Load(Folder(checkpoint));
            model.Captions(pictures, "a photo of", new CaptionOptions { MaxNewTokens = 5 });
            model.Captions(pictures, null, new CaptionOptions { MaxNewTokens = 5, Beams = 3 });
        });
    }

    private static string Folder(string checkpoint) => Fixtures.Path("goldens", "transformers", checkpoint);

    private static RgbImage[] Pictures(string checkpoint) =>
        [.. Enumerable.Range(0, 2).Select(i => ImageCodec.Default.DecodeFile(Path.Combine(Folder(checkpoint), $"image{i}.png")))];

    /// <summary>The checkpoint with other tensors.</summary>
    private static TemporaryFolder Copy(string checkpoint, Func<(string Name, Tensor Value)[], IEnumerable<(string, Tensor)>> change)
    {
        var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Folder(checkpoint)).Where(f => !f.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Copy(file, folder.File(Path.GetFileName(file)));
        }

        using var scope = NewDisposeScope();
        using var weights = SafetensorsFile.Open(Path.Combine(Folder(checkpoint), "model.safetensors"));
        SafetensorsWriter.Write(folder.File("model.safetensors"), change([.. weights.Names.Select(n => (n, weights.ReadTensor(n)))]));
        return folder;
    }
}
