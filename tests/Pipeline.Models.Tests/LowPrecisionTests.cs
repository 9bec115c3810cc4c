using Pipeline.Models.Blip2;
using Pipeline.Models.Clip;
using Pipeline.Models.Dino;
using Pipeline.Models.LlavaNext;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests;

/// <summary>The networks in bf16, as a GPU would run them: no operator meets two types, and the results stay near those of fp32.</summary>
public sealed class LowPrecisionTests
{
    // bf16 keeps 8 bits; a few layers lose about two of them.
    private const double Tolerance = 0.05;

    [Fact]
    public void Clip_and_dino()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var pixels = Tensors.Noise(1, 2, 3, 28, 28);
        AssertNear(dtype => Use(ClipModel.Load(Folder("clip_gelu"), null, dtype), m => m.EmbedImage(pixels.to(dtype))));
        AssertNear(dtype => Use(ClipModel.Load(Folder("clip_gelu"), null, dtype), m => m.EmbedText(Tensors.Ids(1, 5, 693), ones([1, 3], ScalarType.Int64))));
        var square = Tensors.Noise(2, 1, 3, 32, 32);
        AssertNear(dtype => Use(ViTModel.Load(Folder("dino_vits8"), null, dtype), m => KeySelfSimilarity.Of(m.Keys(square.to(dtype)))));
    }

    [Theory]
    [InlineData("llava_next_mistral", 28)]
    [InlineData("llava_next_vicuna", 24)]
    public void Llava_next(string checkpoint, int side)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var tiles = Tensors.Noise(3, 3, 3, side, side);
        AssertNear(dtype => Use(LlavaNextNetwork.Load(Folder(checkpoint), null, dtype), m =>
        {
            int[] prompt = [1, 7, m.Config.ImageToken, 9, 12];
            return m.Decoder.Logits(m.Decoder.Forward(m.Merge(prompt, m.Pack(m.TileFeatures(tiles.to(dtype)), side, 2 * side))));
        }));
    }

    [Fact]
    public void Blip_2()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var pixels = Tensors.Noise(4, 1, 3, 28, 28);
        var ids = Tensors.Ids(2, 9, 4);
        AssertNear(dtype => Use(Blip2Network.Load(Folder("blip2_opt"), null, dtype), m =>
            m.LanguageModel.Logits(m.Look(pixels.to(dtype)), ids, ones_like(ids), null, null)));
        AssertNear(dtype => Use(Blip2Network.Load(Folder("blip2_t5"), null, dtype), m =>
            m.LanguageModel.Logits(m.Look(pixels.to(dtype)), ids, ones_like(ids), ids, null)), 0.3);
    }

    [Fact]
    public void T5_in_fp16_is_refused() =>
        Assert.Throws<ModelFormatException>(() => Blip2Network.Load(Folder("blip2_t5"), null, ScalarType.Float16));

    private static void AssertNear(Func<ScalarType, Tensor> run, double tolerance = Tolerance)
    {
        var (full, half) = (run(ScalarType.Float32).Values(), run(ScalarType.BFloat16).Values());
        var scale = Math.Sqrt(full.Average(v => (double)v * v));
        var error = Math.Sqrt(full.Zip(half, (a, b) => Math.Pow(a - b, 2)).Average());
        Assert.InRange(error / scale, 1e-6, tolerance);
    }

    private static Tensor Use<T>(T model, Func<T, Tensor> run)
        where T : IDisposable
    {
        using (model)
        {
            return run(model);
        }
    }

    private static string Folder(string checkpoint) => Fixtures.Path("goldens", "transformers", checkpoint);
}
