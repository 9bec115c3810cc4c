using System.Text;
using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Layers;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Clip;

public sealed class ClipTests
{
    private static readonly ClipTextConfig s_text = new() { Tower = new ClipTowerConfig(16, 24, 3, 4), Vocabulary = 50, Positions = 12, EndToken = 9, Projection = 8 };

    [Fact]
    public void The_pooled_vector_is_at_the_first_end_token()
    {
        using var scope = NewDisposeScope();
        using var model = new ClipTextModel(new RandomWeights(1, nonTrivial: true), s_text);
        var output = model.Forward(Tensors.Ids(1, 40, 9, 3, 9, 9));
        Tensors.AssertClose(output.LastHiddenState.narrow(1, 2, 1).squeeze(1), output.Pooled, 0);
    }

    [Fact]
    public void With_end_token_2_the_pooled_vector_is_at_the_largest_id()
    {
        using var scope = NewDisposeScope();
        using var model = new ClipTextModel(new RandomWeights(1, nonTrivial: true), s_text with { EndToken = 2 });
        var output = model.Forward(Tensors.Ids(1, 2, 9, 49, 2, 49));
        Tensors.AssertClose(output.LastHiddenState.narrow(1, 3, 1).squeeze(1), output.Pooled, 0);
    }

    [Fact]
    public void Skipping_layers_normalises_the_earlier_state()
    {
        using var scope = NewDisposeScope();
        using var model = new ClipTextModel(new RandomWeights(1, nonTrivial: true), s_text);
        var ids = Tensors.Ids(1, 40, 9);
        var output = model.Forward(ids);
        Tensors.AssertClose(output.LastHiddenState, model.Encode(ids), 0);
        Assert.True(Tensors.Distance(output.LastHiddenState, model.Encode(ids, 1)) > 1e-3);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Encode(ids, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Encode(ids, -1));
    }

    [Fact]
    public void Padding_behind_the_mask_changes_nothing_before_it()
    {
        using var scope = NewDisposeScope();
        using var model = new ClipTextModel(new RandomWeights(1, nonTrivial: true), s_text);
        using var shorter = model.Forward(Tensors.Ids(1, 40, 9));
        using var padded = model.Forward(Tensors.Ids(1, 40, 9, 5, 5), tensor(new long[] { 1, 1, 1, 0, 0 }, [1, 5]));
        Tensors.AssertClose(shorter.LastHiddenState, padded.LastHiddenState.narrow(1, 0, 3), 1e-6);
        Tensors.AssertClose(shorter.Pooled, padded.Pooled, 1e-6);
    }

    [Fact]
    public void A_sequence_longer_than_the_tower_is_refused()
    {
        using var model = new ClipTextModel(new RandomWeights(1), s_text);
        using var ids = zeros([1, 13], ScalarType.Int64);
        Assert.Throws<ArgumentException>(() => model.Forward(ids));
    }

    [Fact]
    public void A_hidden_state_counted_from_the_end_is_the_one_counted_from_the_start()
    {
        using var scope = NewDisposeScope();
        var config = new ClipVisionConfig { Tower = new ClipTowerConfig(16, 24, 3, 4), ImageSize = 16, PatchSize = 8 };
        using var model = new ClipVisionModel(new RandomWeights(2, nonTrivial: true), config);
        var pixels = Tensors.Noise(1, 2, 3, 16, 16);
        var output = model.Forward(pixels);
        Tensors.AssertClose(output.LastHiddenState, model.HiddenState(pixels, -1), 0);
        Tensors.AssertClose(output.Penultimate, model.HiddenState(pixels, -2), 0);
        Tensors.AssertClose(model.HiddenState(pixels, 1), model.HiddenState(pixels, -3), 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.HiddenState(pixels, -5));
        Assert.Throws<ArgumentException>(() => model.Forward(Tensors.Noise(1, 1, 3, 24, 24)));
    }

    [Fact]
    public void Parts_of_a_whole_checkpoint_load_alone()
    {
        using var scope = NewDisposeScope();
        var directory = Fixtures.Path("goldens", "transformers", "clip_gelu");
        using var whole = ClipModel.Load(directory);
        using var text = ClipTextModel.Load(directory);
        using var vision = ClipVisionModelWithProjection.Load(directory);
        var ids = Tensors.Ids(1, 4, 693);
        Tensors.AssertClose(whole.ForwardText(ids, null).Pooled, text.Forward(ids).Pooled, 0);
        using var projected = ClipTextModelWithProjection.Load(directory);
        Tensors.AssertClose(whole.ProjectText(whole.ForwardText(ids, null).Pooled), projected.Project(projected.Forward(ids).Pooled), 0);
        var pixels = Tensors.Noise(1, 1, 3, 28, 28);
        Tensors.AssertClose(whole.ProjectImage(whole.ForwardImage(pixels).Pooled), vision.Embed(pixels), 0);
    }

    [Theory]
    [InlineData("clip_quickgelu")]
    [InlineData("clip_gelu")]
    public void Embeddings_have_unit_length_and_do_not_depend_on_their_batch(string checkpoint)
    {
        using var scope = NewDisposeScope();
        var directory = Fixtures.Path("goldens", "transformers", checkpoint);
        using var clip = ClipEmbedder.Load(directory);
        var pictures = Enumerable.Range(0, 2).Select(i => ImageCodec.Default.DecodeFile(Path.Combine(directory, $"image{i}.png"))).ToArray();
        string[] texts = ["sad", "a photo of a smiling girl", new('x', 400)];
        foreach (var (all, alone) in new[]
        {
            (clip.EmbedImages(pictures), cat([.. pictures.Select(p => clip.EmbedImages([p]))], 0)),
            (clip.EmbedTexts(texts), cat([.. texts.Select(t => clip.EmbedTexts([t]))], 0)),
        })
        {
            Tensors.AssertClose(alone, all, 1e-5);
            Assert.All(all.norm(1).Values(), n => Assert.Equal(1f, n, 5));
        }
    }

    [Fact]
    public void Towers_can_be_trained()
    {
        using var scope = NewDisposeScope();
        using var model = new ClipModel(
            new RandomWeights(3, trainable: true),
            new ClipConfig(s_text, new ClipVisionConfig { Tower = new ClipTowerConfig(16, 24, 2, 4), ImageSize = 16, PatchSize = 8 }, 8));
        var logits = model.LogitsPerImage(model.EmbedImage(Tensors.Noise(1, 2, 3, 16, 16)), model.EmbedText(Tensors.Ids(1, 40, 9), null));
        logits.sum().backward();
        Assert.All(model.named_parameters(), p => Assert.False(p.parameter.grad is null, p.name));
    }

    [Theory]
    [InlineData("""{"hidden_size": 10, "num_attention_heads": 4}""")]
    [InlineData("""{"num_hidden_layers": 0}""")]
    [InlineData("""{"max_position_embeddings": -3}""")]
    public void Impossible_configurations_are_refused(string json) =>
        Assert.Throws<ModelFormatException>(() => ClipTextConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json")));

    [Fact]
    public void An_unknown_activation_is_refused_when_the_network_is_built() => Assert.Throws<ModelFormatException>(() =>
        new ClipTextModel(new RandomWeights(1), s_text with { Tower = s_text.Tower with { Activation = "mish" } }));

    [Fact]
    public void Another_kind_of_model_is_refused_by_name()
    {
        var error = Assert.Throws<ModelFormatException>(() => ClipTextModel.Load(Fixtures.Path("goldens", "transformers", "dino_vits8")));
        Assert.Contains("'vit'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        var directory = Fixtures.Path("goldens", "transformers", "clip_quickgelu");
        var picture = ImageCodec.Default.DecodeFile(Path.Combine(directory, "image0.png"));
        Tensors.AssertNothingLeft(() =>
        {
            using var clip = ClipEmbedder.Load(directory);
            using var image = clip.EmbedImages([picture]);
            using var text = clip.EmbedTexts(["a", "b"]);
            using var logits = clip.Model.LogitsPerImage(image, text);
        });
    }
}
