using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Checkpoints;

public sealed class CheckpointDirectoryTests
{
    [Theory]
    [InlineData("sharded_fp16", SafetensorType.F16)]
    [InlineData("sharded_bf16", SafetensorType.BF16)]
    public void Shards_are_found_through_their_index_and_upcast(string name, SafetensorType stored)
    {
        using DisposeScope scope = NewDisposeScope();
        using CheckpointWeights weights = CheckpointDirectory.Open(Fixtures.Path("goldens", "transformers", name), CheckpointDirectory.Transformers);
        Assert.Equal(3, weights.Files.Count);
        const string key = "text_model.embeddings.token_embedding.weight";
        Assert.Equal(stored, weights.Info(key).Type);
        Tensor table = weights.Sub("text_model").Sub("embeddings").Take("token_embedding.weight", [300, 64], default);
        Assert.Equal(ScalarType.Float32, table.dtype);
        double[] raw = weights.Files.Single(f => f.Contains(key)).ReadDoubles(key);
        Assert.Equal(raw.Select(v => (float)v), table.data<float>().ToArray());
        Assert.DoesNotContain(key, weights.NotTaken);
        Assert.NotEmpty(weights.NotTaken);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.fp16.safetensors")]
    public void A_single_file_is_found_in_both_spellings(string name)
    {
        using TemporaryFolder folder = new();
        Write(folder.File(name), "w");
        using CheckpointWeights weights = CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers);
        Assert.True(weights.Has("w"));
        Assert.False(weights.Has("v"));
    }

    [Fact]
    public void The_full_precision_file_wins_over_its_variant()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("model.fp16.safetensors"), "half");
        Write(folder.File("model.safetensors"), "full");
        using CheckpointWeights weights = CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers);
        Assert.True(weights.Has("full"));
    }

    [Theory]
    [InlineData("../outside.safetensors")]
    [InlineData("/etc/outside.safetensors")]
    [InlineData("..\\\\outside.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("model.bin")]
    [InlineData("")]
    [InlineData("a\\u0000.safetensors")]
    public void A_shard_outside_the_folder_is_refused(string shard)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("model.safetensors.index.json"), $"{{\"weight_map\":{{\"w\":\"{shard}\"}}}}");
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers));
        Assert.Contains("weight_map.w", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"weight_map\":{}}")]
    [InlineData("{\"weight_map\":[]}")]
    [InlineData("{\"weight_map\":{\"w\":1}}")]
    [InlineData("{\"weight_map\":{\"missing\":\"model-1.safetensors\"}}")]
    [InlineData("{\"weight_map\":{\"w\":\"absent.safetensors\"}}")]
    [InlineData("nothing")]
    public void A_bad_index_is_refused(string index)
    {
        using TemporaryFolder folder = new();
        Write(folder.File("model-1.safetensors"), "w");
        File.WriteAllText(folder.File("model.safetensors.index.json"), index);
        Assert.Throws<ModelFormatException>(() => CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers));
    }

    [Fact]
    public void A_pickle_is_refused_with_the_way_out()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("pytorch_model.bin"), [0x80, 2]);
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers));
        Assert.Contains("moodpipe models convert", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_name_the_file_the_key_and_what_is_there_instead()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("model.safetensors"), "model.w");
        using CheckpointWeights weights = CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers);
        string missing = Assert.Throws<ModelFormatException>(() => weights.Take("w", [2, 3], default)).Message;
        Assert.Contains("'w'", missing, StringComparison.Ordinal);
        Assert.Contains("'model.w'", missing, StringComparison.Ordinal);
        string shape = Assert.Throws<ModelFormatException>(() => weights.Take("model.w", [3, 2], default)).Message;
        Assert.Contains("[2, 3]", shape, StringComparison.Ordinal);
        Assert.Contains("[3, 2]", shape, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", shape, StringComparison.Ordinal);
    }

    [Fact]
    public void A_linear_layer_may_be_stored_as_a_convolution_of_size_one()
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        Tensor values = randn(4, 3, 1, 1);
        SafetensorsWriter.Write(folder.File("model.safetensors"), [("w", values)]);
        using CheckpointWeights weights = CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers);
        Assert.Equal([4L, 3L], weights.Take("w", [4, 3], default).shape);
        Assert.True(weights.Take("w", [4, 3], default).equal(values.view(4, 3)).all().item<bool>());
    }

    [Fact]
    public void Old_names_are_read_through_a_map()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("model.safetensors"), "attn.query.weight");
        using CheckpointWeights weights = CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers);
        WeightSource mapped = weights.Map(n => n.Replace("to_q", "query", StringComparison.Ordinal)).Sub("attn");
        Assert.True(mapped.Has("to_q.weight"));
        mapped.Take("to_q.weight", [2, 3], default).Dispose();
    }

    private static void Write(string path, string name)
    {
        using Tensor values = randn(2, 3);
        SafetensorsWriter.Write(path, [(name, values)]);
    }
}
