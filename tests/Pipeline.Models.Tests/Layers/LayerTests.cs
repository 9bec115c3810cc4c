using Pipeline.Models.Layers;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Layers;

public sealed class LayerTests
{
    private static readonly RandomWeights s_weights = new(7, nonTrivial: true);

    [Fact]
    public void Rms_norm_is_the_formula()
    {
        using DisposeScope scope = NewDisposeScope();
        using RmsNorm norm = new(s_weights.Sub("norm"), 6, 0.5);
        Tensor x = randn(3, 6);
        float[] input = x.data<float>().ToArray(), weight = norm.weight.data<float>().ToArray(), output = norm.call(x).data<float>().ToArray();
        for (int row = 0; row < 3; row++)
        {
            double mean = Enumerable.Range(0, 6).Average(i => (double)input[(row * 6) + i] * input[(row * 6) + i]);
            for (int i = 0; i < 6; i++)
            {
                Assert.Equal(input[(row * 6) + i] / Math.Sqrt(mean + 0.5) * weight[i], output[(row * 6) + i], tolerance: 2e-5);
            }
        }
    }

    [Fact]
    public void Layer_norm_uses_the_biased_variance_and_eps_inside_the_root()
    {
        using DisposeScope scope = NewDisposeScope();
        using LayerNorm norm = new(s_weights.Sub("ln"), 4, 0.25);
        Tensor x = randn(1, 4);
        double[] input = [.. x.data<float>().ToArray().Select(v => (double)v)];
        float[] weight = norm.weight.data<float>().ToArray(), bias = norm.bias.data<float>().ToArray(), output = norm.call(x).data<float>().ToArray();
        double mean = input.Average(), variance = input.Average(v => (v - mean) * (v - mean));
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(((input[i] - mean) / Math.Sqrt(variance + 0.25) * weight[i]) + bias[i], output[i], tolerance: 2e-5);
        }
    }

    [Theory]
    [InlineData("gelu", 0.8413447460685429)]
    [InlineData("gelu_new", 0.8411919906082768)]
    [InlineData("gelu_pytorch_tanh", 0.8411919906082768)]
    [InlineData("quick_gelu", 0.8457957659328212)]
    [InlineData("silu", 0.7310585786300049)]
    [InlineData("swish", 0.7310585786300049)]
    [InlineData("relu", 1)]
    public void Activation_at_one(string name, double expected)
    {
        using Tensor x = torch.ones(1);
        using Tensor y = Activations.Apply(name, x);
        Assert.Equal(expected, y.item<float>(), tolerance: 1e-6);
        Assert.Equal(name, Activations.Require(name));
    }

    [Theory]
    [InlineData("silu")]
    [InlineData("relu")]
    [InlineData("gelu")]
    [InlineData("quick_gelu")]
    public void A_consumed_tensor_gives_the_same_values_and_gradients(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn([3, 5], requires_grad: true);
        Activations.Apply(name, x * 2.0).square().sum().backward();
        Tensor expected = x.grad.clone();
        x.grad.zero_();
        Activations.Consume(name, x * 2.0).square().sum().backward();
        Assert.True((expected - x.grad).abs().max().item<float>() < 1e-6);

        using IDisposable gradients = no_grad();
        long before = LiveTensors.Settled();
        Activations.Consume(name, x * 2.0).Dispose();
        LiveTensors.AssertBackTo(before);
        Assert.True((Activations.Apply(name, x) - Activations.Consume(name, x.clone())).abs().max().item<float>() < 1e-7);
    }

    [Fact]
    public void An_unknown_activation_is_refused_when_the_model_is_built()
    {
        using Tensor x = torch.ones(1);
        Assert.Throws<ModelFormatException>(() => Activations.Require("mish"));
        Assert.Throws<ModelFormatException>(() => Activations.Apply("mish", x));
    }

    [Fact]
    public void Embedding_picks_rows_for_any_shape_of_ids()
    {
        using DisposeScope scope = NewDisposeScope();
        using Embedding table = new(s_weights.Sub("table"), 5, 3);
        Tensor ids = tensor(new long[] { 4, 0, 2, 2 }, [2, 2]);
        Tensor rows = table.call(ids);
        Assert.Equal([2L, 2L, 3L], rows.shape);
        Assert.True(rows[1, 0].equal(table.weight[2]).all().item<bool>());
    }

    [Fact]
    public void Layers_name_their_parameters_as_checkpoints_do()
    {
        using Conv2d conv = new(s_weights, 4, 8, 3, 2, 1);
        using Linear bare = new(s_weights, 4, 8, bias: false);
        Assert.Equal(["bias", "weight"], conv.named_parameters().Select(p => p.name).Order());
        Assert.Equal(["weight"], bare.named_parameters().Select(p => p.name));
        using Tensor x = randn(1, 4, 9, 9);
        using Tensor y = conv.call(x);
        Assert.Equal([1L, 8L, 5L, 5L], y.shape);
    }

    [Fact]
    public void Groups_that_do_not_divide_the_channels_are_refused() =>
        Assert.Throws<ModelFormatException>(() => new GroupNorm(s_weights, 3, 8, 1e-5));

    [Fact]
    public void Parameters_survive_the_scope_they_were_made_in_and_die_with_their_module()
    {
        long before = LiveTensors.Settled();
        Linear layer;
        using (NewDisposeScope())
        {
            layer = new Linear(s_weights, 3, 3);
        }

        Assert.False(layer.weight.IsInvalid);
        Assert.Equal(before + 2, Tensor.TotalCount);
        layer.Dispose();
        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void No_layer_leaves_tensors_behind()
    {
        using RmsNorm rms = new(s_weights, 6, 1e-6);
        using LayerNorm layer = new(s_weights, 6, 1e-6);
        using GroupNorm group = new(s_weights, 2, 6, 1e-6);
        using Embedding table = new(s_weights, 5, 3);
        using Tensor x = randn(2, 6), ids = zeros([3], ScalarType.Int64);
        long before = LiveTensors.Settled();
        rms.call(x).Dispose();
        layer.call(x).Dispose();
        group.call(x).Dispose();
        table.call(ids).Dispose();
        foreach (string name in new[] { "gelu", "gelu_new", "quick_gelu", "silu", "relu" })
        {
            Activations.Apply(name, x).Dispose();
        }

        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void Training_sources_give_parameters_with_gradients()
    {
        using Linear frozen = new(new RandomWeights(1), 2, 2);
        using Linear trained = new(new RandomWeights(1, trainable: true), 2, 2);
        Assert.False(frozen.weight.requires_grad);
        Assert.True(trained.weight.requires_grad);
    }
}
