using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Layers;
using Pipeline.Models.LlavaNext;
using Pipeline.Models.Preprocessing;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.LlavaNext;

public sealed class LlavaNextNetworkTests
{
    private static readonly LlavaNextConfig s_config = new()
    {
        Vision = new ClipVisionConfig { Tower = new ClipTowerConfig(12, 16, 2, 2), ImageSize = 16, PatchSize = 4 },
        Text = TinyLlama.Config(),
        ImageToken = 39,
        Resolutions = [(16, 32), (32, 16), (32, 32), (48, 16), (16, 48)],
    };

    [Fact]
    public void The_packed_sequence_has_the_announced_length_and_a_newline_behind_every_row()
    {
        using var model = new LlavaNextNetwork(new RandomWeights(1, nonTrivial: true), s_config);
        using var newline = model.named_parameters().First(p => p.name == "image_newline").parameter.detach();
        Prop.ForAll(Gen.Choose(1, 300).Two().ToArbitrary(), size =>
        {
            using var scope = NewDisposeScope();
            var (height, width) = (size.Item1, size.Item2);
            var (canvasHeight, canvasWidth) = AnyResolution.SelectCanvas(height, width, s_config.Resolutions);
            var tiles = 1 + (canvasHeight / 16 * (canvasWidth / 16));
            var features = Tensors.Noise(height, tiles, 16, 24);
            var packed = model.Pack(features, height, width);
            var layout = model.Layout(height, width, tiles);
            var rowEnds = Enumerable.Range(0, layout.Detail.Rows).Select(r => layout.BaseCount + ((r + 1) * (layout.Detail.Columns + 1)) - 1);
            return packed.shape[0] == layout.Count
                && Tensors.Distance(packed.narrow(0, 0, 16), features[0]) == 0
                && rowEnds.All(end => Tensors.Distance(packed[end], newline) == 0);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Detail_rows_run_through_neighbouring_tiles()
    {
        using var scope = NewDisposeScope();
        using var model = new LlavaNextNetwork(new RandomWeights(1), s_config);
        // Feature = its own place: tile number and patch number, in a 2 × 2 grid of tiles of 4 × 4 patches.
        var features = arange(5 * 16, ScalarType.Float32).reshape(5, 16, 1).expand(5, 16, 24);
        var packed = model.Pack(features, 32, 32).narrow(1, 0, 1).Values();
        Assert.Equal(Enumerable.Range(0, 16).Select(i => (float)i), packed[..16]);
        var row = packed[(16 + 9)..(16 + 9 + 8)];           // second row of the whole picture
        Assert.Equal([16 + 4f, 16 + 5, 16 + 6, 16 + 7, 32 + 4, 32 + 5, 32 + 6, 32 + 7], row);
    }

    [Fact]
    public void A_picture_of_one_tile_ends_with_one_newline()
    {
        using var scope = NewDisposeScope();
        using var model = new LlavaNextNetwork(new RandomWeights(1), s_config);
        Assert.Equal([17, 24], model.Pack(Tensors.Noise(1, 1, 16, 24), 10, 10).shape);
        Assert.Equal(17, model.Layout(10, 10, 1).Count);
    }

    [Fact]
    public void A_wrong_number_of_tiles_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new LlavaNextNetwork(new RandomWeights(1), s_config);
        Assert.Throws<ArgumentException>(() => model.Pack(Tensors.Noise(1, 4, 16, 24), 32, 32));
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 })]
    [InlineData(new[] { 1, 39, 39 })]
    [InlineData(new[] { 39, 39, 39, 1, 39, 39 })]
    public void A_prompt_needs_one_image_token_or_one_a_vector(int[] prompt)
    {
        using var scope = NewDisposeScope();
        using var model = new LlavaNextNetwork(new RandomWeights(1), s_config);
        Assert.Throws<ArgumentException>(() => model.Merge(prompt, Tensors.Noise(1, 5, 24)));
    }

    [Theory]
    [InlineData(new[] { 39 }, 5)]
    [InlineData(new[] { 39, 1 }, 6)]
    [InlineData(new[] { 2, 1, 39 }, 7)]
    [InlineData(new[] { 2, 39, 39, 39, 39, 39, 3 }, 7)]
    public void The_picture_may_stand_anywhere_in_the_prompt(int[] prompt, int length)
    {
        using var scope = NewDisposeScope();
        using var model = new LlavaNextNetwork(new RandomWeights(1), s_config);
        Assert.Equal([1, length, 24], model.Merge(prompt, Tensors.Noise(1, 5, 24)).shape);
    }

    [Fact]
    public void Newer_key_names_give_the_same_network()
    {
        using var scope = NewDisposeScope();
        var original = Fixtures.Path("goldens", "transformers", "llava_next_vicuna");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(original, "config.json"), folder.File("config.json"));
        using (var file = SafetensorsFile.Open(Path.Combine(original, "model.safetensors")))
        {
            SafetensorsWriter.Write(folder.File("model.safetensors"), file.Names.Select(name => (Newer(name), file.ReadTensor(name))));
        }

        using var older = LlavaNextNetwork.Load(original);
        using var newer = LlavaNextNetwork.Load(folder.Path);
        var tiles = Tensors.Noise(4, 1, 3, 24, 24);
        Tensors.AssertClose(older.TileFeatures(tiles), newer.TileFeatures(tiles), 0);
        var embeddings = older.Decoder.Embed(Tensors.Ids(3, 4, 5));
        Tensors.AssertClose(older.Decoder.Logits(older.Decoder.Forward(embeddings)), newer.Decoder.Logits(newer.Decoder.Forward(embeddings)), 0);
    }

    private static string Newer(string name) => name.StartsWith("language_model.lm_head", StringComparison.Ordinal) ? name["language_model.".Length..]
        : name.StartsWith("language_model.model.", StringComparison.Ordinal) ? "model.language_model." + name["language_model.model.".Length..]
        : "model." + name;
}
