using System.Text;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Lpips;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Lpips;

public sealed class LpipsModelTests
{
    private static readonly int[] s_five = [3, 4, 5, 4, 3];

    [Theory]
    [InlineData(LpipsBackbone.Alex, LpipsReference.Alex)]
    [InlineData(LpipsBackbone.Vgg16, LpipsReference.Vgg)]
    [InlineData(LpipsBackbone.Squeeze, LpipsReference.Squeeze)]
    public void The_distance_is_the_published_formula_over_the_published_layers(LpipsBackbone backbone, string layers)
    {
        using var scope = NewDisposeScope();
        using LpipsModel model = Model(backbone);
        Tensor first = Tensors.Noise(1, 2, 3, 40, 33).clamp(-1, 1), second = Tensors.Noise(2, 2, 3, 40, 33).clamp(-1, 1);
        Dictionary<string, double[]> weights = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.Values().Select(v => (double)v).ToArray());
        LpipsReference reference = new(layers, name => weights[name]);
        float[] distances = model.Distance(first, second).Values();
        for (int i = 0; i < 2; i++)
        {
            double expected = reference.Distance(Planes(first[i]), Planes(second[i]));
            Assert.True(expected > 0.01, $"{expected}");
            Assert.Equal(expected, distances[i], 1e-4 * expected);
        }
    }

    [Theory]
    [InlineData(LpipsBackbone.Alex)]
    [InlineData(LpipsBackbone.Vgg16)]
    [InlineData(LpipsBackbone.Squeeze)]
    public void Equal_pictures_have_no_distance_and_order_does_not_count(LpipsBackbone backbone)
    {
        using var scope = NewDisposeScope();
        using LpipsModel model = Model(backbone);
        Tensor first = Tensors.Noise(3, 3, 3, 32, 48), second = first + (Tensors.Noise(4, 3, 3, 32, 48) * 0.3);
        Assert.All(model.Distance(first, first).Values(), d => Assert.Equal(0, d));
        Tensors.AssertClose(model.Distance(first, second), model.Distance(second, first), 1e-7);
        Assert.All(model.Distance(first, second).Values(), d => Assert.True(d > 0));
        Tensor map = model.DistanceMap(first, second);
        Assert.Equal([3, 1, 32, 48], map.shape);
        Assert.True(map.min().ToDouble() >= 0);
        Assert.All(model.Distance(zeros(1, 3, 32, 32), zeros(1, 3, 32, 32)).Values(), d => Assert.Equal(0, d));
    }

    [Fact]
    public void A_picture_does_not_depend_on_its_batch()
    {
        using var scope = NewDisposeScope();
        using LpipsModel model = Model(LpipsBackbone.Alex);
        Tensor first = Tensors.Noise(5, 3, 3, 40, 40), second = Tensors.Noise(6, 3, 3, 40, 40);
        Tensor together = model.Distance(first, second);
        for (int i = 0; i < 3; i++)
        {
            Tensors.AssertClose(together.narrow(0, i, 1), model.Distance(first.narrow(0, i, 1), second.narrow(0, i, 1)), 1e-6);
        }
    }

    [Theory]
    [InlineData(LpipsBackbone.Alex, "features.0.weight:[64, 3, 11, 11] features.3.weight:[192, 64, 5, 5] features.6.weight:[384, 192, 3, 3] features.8.weight:[256, 384, 3, 3] features.10.weight:[256, 256, 3, 3] lin4.model.1.weight:[1, 256, 1, 1]", 15)]
    [InlineData(LpipsBackbone.Vgg16, "features.0.weight:[64, 3, 3, 3] features.7.weight:[128, 128, 3, 3] features.14.weight:[256, 256, 3, 3] features.28.bias:[512] lin4.model.1.weight:[1, 512, 1, 1]", 31)]
    [InlineData(LpipsBackbone.Squeeze, "features.0.weight:[64, 3, 3, 3] features.3.squeeze.weight:[16, 64, 1, 1] features.6.expand3x3.weight:[128, 32, 3, 3] features.9.squeeze.weight:[48, 256, 1, 1] features.12.expand1x1.bias:[256] lin6.model.1.weight:[1, 512, 1, 1]", 57)]
    public void Keys_and_shapes_are_those_of_the_published_files(LpipsBackbone backbone, string keys, int count)
    {
        using LpipsModel model = new(new RandomWeights(1), new LpipsConfig { Backbone = backbone, Channels = LpipsConfig.Published(backbone) });
        Dictionary<string, string> shapes = model.named_parameters().ToDictionary(p => p.name, p => $"[{string.Join(", ", p.parameter.shape)}]");
        Assert.Equal(count, shapes.Count);
        foreach (string[] entry in keys.Replace(", ", ",", StringComparison.Ordinal).Split(' ').Select(k => k.Split(':')))
        {
            Assert.Equal(entry[1].Replace(",", ", ", StringComparison.Ordinal), shapes[entry[0]]);
        }
    }

    [Fact]
    public void Gradients_reach_pixels_and_channel_weights()
    {
        using var scope = NewDisposeScope();
        using LpipsModel model = new(new RandomWeights(7, nonTrivial: true, trainable: true), new LpipsConfig { Backbone = LpipsBackbone.Alex, Channels = s_five });
        Tensor pixels = Tensors.Noise(8, 1, 3, 40, 40).requires_grad_(true);
        model.Distance(pixels, Tensors.Noise(9, 1, 3, 40, 40)).sum().backward();
        Assert.True(pixels.grad!.abs().sum().ToDouble() > 0);
        Assert.All(model.ChannelWeights.Take(4), w => Assert.True(w.grad!.abs().sum().ToDouble() > 0)); // of so few channels, the last tap's may all be 0
    }

    [Theory]
    [InlineData("""{"model_type": "lpips", "backbone": "resnet"}""")]
    [InlineData("""{"model_type": "lpips"}""")]
    [InlineData("""{"model_type": "vit", "backbone": "alex"}""")]
    [InlineData("""{"model_type": "lpips", "backbone": "alex", "version": "0.0"}""")]
    [InlineData("""{"model_type": "lpips", "backbone": "alex", "channels": [1, 2, 3]}""")]
    [InlineData("""{"model_type": "lpips", "backbone": "alex", "channels": [1, 2, 3, 4, 0]}""")]
    [InlineData("""{"model_type": "lpips", "backbone": "squeeze", "channels": [8, 8, 8, 8, 8, 8, 9]}""")]
    public void Impossible_configurations_are_refused(string json) =>
        Assert.Throws<ModelFormatException>(() => LpipsConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json")));

    [Fact]
    public void Pictures_that_are_too_small_are_refused()
    {
        using var scope = NewDisposeScope();
        using LpipsModel model = Model(LpipsBackbone.Alex);
        Assert.Throws<ArgumentException>(() => model.Features(zeros(1, 3, 31, 64)));
        Assert.Throws<ArgumentException>(() => model.Features(zeros(1, 1, 64, 64)));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using LpipsModel model = Model(LpipsBackbone.Squeeze);
        using Tensor first = Tensors.Noise(10, 1, 3, 40, 40), second = Tensors.Noise(11, 1, 3, 40, 40);
        Tensors.AssertNothingLeft(() =>
        {
            using Tensor distance = model.Distance(first, second);
            using Tensor map = model.DistanceMap(first, second);
        });
    }

    private static LpipsModel Model(LpipsBackbone backbone) => new(
        new RandomWeights(12, nonTrivial: true),
        new LpipsConfig { Backbone = backbone, Channels = backbone == LpipsBackbone.Squeeze ? [4, 8, 8, 16, 16, 8, 8] : s_five });

    private static double[][][] Planes(Tensor picture)
    {
        int height = (int)picture.shape[1], width = (int)picture.shape[2];
        return [.. picture.Values().Select(v => (double)v).Chunk(height * width).Select(p => p.Chunk(width).ToArray())];
    }
}
