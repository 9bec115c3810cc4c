using System.Text;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.StableDiffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.StableDiffusion;

/// <summary>A small UNet of three levels with seeded weights, and inputs for it.</summary>
internal static class TinyUNet
{
    public const string Json = """
        {
          "in_channels": 4, "out_channels": 4, "block_out_channels": [8, 12, 16], "layers_per_block": 1, "norm_num_groups": 4,
          "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
          "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
          "cross_attention_dim": 10, "attention_head_dim": 2, "_diffusers_version": "0.24.0", "a_key_of_the_future": {"x": 1}
        }
        """;

    public static UNetConfig Config(string json = Json) => UNetConfig.Read(ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json"));

    public static UNet2DConditionModel Create(string json = Json, bool trainable = false)
    {
        UNet2DConditionModel model = new(new RandomWeights(7, nonTrivial: true, trainable: trainable), Config(json));
        model.eval();
        return model;
    }

    public static Tensor Random(ulong seed, params long[] shape)
    {
        using Generator generator = new(seed);
        return randn(shape, ScalarType.Float32, generator: generator);
    }

    public static Tensor Sample(long batch = 2, long height = 8, long width = 8) => Random(1, batch, 4, height, width);

    public static Tensor Context(long batch = 2) => Random(2, batch, 5, 10);

    public static void AssertClose(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        double worst = (expected.detach() - actual.detach()).abs().max().item<float>();
        Assert.True(worst <= tolerance, $"largest difference {worst:g3}, allowed {tolerance:g3}");
    }

    public static double Difference(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return (a.detach() - b.detach()).abs().max().item<float>();
    }

    /// <summary>Runs the work twice, the first time for what is made once, and asserts that the second run leaves no tensor behind.</summary>
    public static void AssertLeavesNoTensor(Action work)
    {
        work();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        work();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
