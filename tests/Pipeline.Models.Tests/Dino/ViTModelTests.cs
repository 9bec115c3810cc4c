using System.Text;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Dino;

public sealed class ViTModelTests
{
    private static readonly VitConfig s_config = new() { Hidden = 24, Intermediate = 40, Layers = 3, Heads = 4, ImageSize = 24, PatchSize = 8 };

    [Fact]
    public void Keys_of_a_layer_are_those_the_whole_pass_uses()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var probe = new ActivationProbe(name => name.StartsWith("keys", StringComparison.Ordinal));
        var pixels = Tensors.Noise(1, 2, 3, 32, 40);
        model.Forward(pixels, probe: probe);
        for (var layer = 0; layer < 3; layer++)
        {
            Tensors.AssertClose(probe[$"keys.{layer}"], model.Keys(pixels, layer), 1e-6);
        }

        Tensors.AssertClose(probe["keys.2"], model.Keys(pixels), 1e-6);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Keys(pixels, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Keys(pixels, -4));
    }

    [Fact]
    public void Both_interpolation_rules_agree_at_the_native_size_and_nowhere_else()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        foreach (var (height, width, same) in new[] { (24, 24, true), (30, 30, true), (30, 27, false), (32, 24, false), (48, 48, false), (16, 16, false) })
        {
            var pixels = Tensors.Noise(2, 1, 3, height, width);
            var distance = Tensors.Distance(model.Forward(pixels, PositionInterpolation.Offset01), model.Forward(pixels, PositionInterpolation.Size));
            Assert.True(same ? distance == 0 : distance > 1e-4, $"{height}x{width}: {distance}");
        }
    }

    [Theory]
    [InlineData("vit.")]
    [InlineData("release")]
    public void Other_key_layouts_give_the_same_network(string layout)
    {
        using var scope = NewDisposeScope();
        var original = Fixtures.Path("goldens", "transformers", "dino_vits8");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(original, "config.json"), folder.File("config.json"));
        using (var file = SafetensorsFile.Open(Path.Combine(original, "model.safetensors")))
        {
            SafetensorsWriter.Write(folder.File("model.safetensors"), layout == "release" ? Release(file) : file.Names.Select(n => (layout + n, file.ReadTensor(n))));
        }

        using var library = ViTModel.Load(original);
        using var other = ViTModel.Load(folder.Path);
        var pixels = Tensors.Noise(3, 1, 3, 32, 48);
        Tensors.AssertClose(library.Forward(pixels), other.Forward(pixels), 1e-6);
    }

    [Fact]
    public void A_batch_equals_its_pictures()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var pixels = Tensors.Noise(4, 3, 3, 24, 24);
        var together = model.ClassToken(pixels);
        for (var i = 0; i < 3; i++)
        {
            Tensors.AssertClose(model.ClassToken(pixels.narrow(0, i, 1)), together.narrow(0, i, 1), 1e-5);
        }
    }

    [Fact]
    public void Structure_distance_is_zero_to_itself_and_blind_to_the_length_of_keys()
    {
        using var scope = NewDisposeScope();
        var keys = Tensors.Noise(5, 1, 10, 6);
        var similarity = KeySelfSimilarity.Of(keys);
        Assert.Equal(0f, KeySelfSimilarity.Distance(similarity, similarity).item<float>());
        Tensors.AssertClose(similarity, KeySelfSimilarity.Of(keys * (Tensors.Noise(6, 1, 10, 1).abs() + 0.1)), 1e-5);
        Assert.All(Enumerable.Range(0, 10), i => Assert.Equal(1f, similarity[0, i, i].item<float>(), 5));
        Assert.Throws<ArgumentException>(() => KeySelfSimilarity.Distance(similarity, similarity.narrow(1, 0, 5)));
        Assert.DoesNotContain(KeySelfSimilarity.Of(zeros(1, 3, 4)).Values(), float.IsNaN);
    }

    [Fact]
    public void Pictures_smaller_than_a_patch_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        Assert.Throws<ArgumentException>(() => model.Forward(zeros(1, 3, 7, 24)));
        Assert.Throws<ArgumentException>(() => model.Forward(zeros(1, 1, 24, 24)));
    }

    [Theory]
    [InlineData("""{"model_type": "clip"}""")]
    [InlineData("""{"model_type": "vit", "hidden_size": 10, "num_attention_heads": 3}""")]
    [InlineData("""{"model_type": "vit", "patch_size": 0}""")]
    [InlineData("""{"model_type": "vit", "num_hidden_layers": -1}""")]
    public void Impossible_configurations_are_refused(string json) =>
        Assert.Throws<ModelFormatException>(() => VitConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json")));

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var model = Model();
        using var pixels = Tensors.Noise(7, 1, 3, 32, 24);
        Tensors.AssertNothingLeft(() =>
        {
            using var keys = model.Keys(pixels, 1);
            using var similarity = KeySelfSimilarity.Of(keys);
            using var distance = KeySelfSimilarity.Distance(similarity, similarity);
            using var token = model.ClassToken(pixels);
        });
    }

    private static ViTModel Model() => new(new RandomWeights(8, nonTrivial: true), s_config);

    /// <summary>The original release's names: fused projections, short names.</summary>
    private static IEnumerable<(string, Tensor)> Release(SafetensorsFile file)
    {
        Tensor Read(string name) => file.ReadTensor(name);
        yield return ("cls_token", Read("embeddings.cls_token"));
        yield return ("pos_embed", Read("embeddings.position_embeddings"));
        for (var layer = 0; layer < 4; layer++)
        {
            var from = $"encoder.layer.{layer}.";
            foreach (var kind in new[] { "weight", "bias" })
            {
                yield return ($"blocks.{layer}.attn.qkv.{kind}",
                    cat([.. new[] { "query", "key", "value" }.Select(part => Read($"{from}attention.attention.{part}.{kind}"))], 0));
                yield return ($"blocks.{layer}.attn.proj.{kind}", Read($"{from}attention.output.dense.{kind}"));
                yield return ($"blocks.{layer}.norm1.{kind}", Read($"{from}layernorm_before.{kind}"));
                yield return ($"blocks.{layer}.norm2.{kind}", Read($"{from}layernorm_after.{kind}"));
                yield return ($"blocks.{layer}.mlp.fc1.{kind}", Read($"{from}intermediate.dense.{kind}"));
                yield return ($"blocks.{layer}.mlp.fc2.{kind}", Read($"{from}output.dense.{kind}"));
            }
        }

        foreach (var kind in new[] { "weight", "bias" })
        {
            yield return ($"patch_embed.proj.{kind}", Read($"embeddings.patch_embeddings.projection.{kind}"));
            yield return ($"norm.{kind}", Read($"layernorm.{kind}"));
        }
    }
}
