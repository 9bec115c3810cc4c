using Pipeline.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Layers;

public sealed class RandomWeightsTests
{
    [Fact]
    public void Values_depend_on_seed_and_full_name_only()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] first = Draw(new RandomWeights(3), "a.b");
        Draw(new RandomWeights(3), "other");
        Assert.Equal(first, Draw(new RandomWeights(3), "a.b"));
        Assert.Equal(first, new RandomWeights(3).Sub("a").Take("b", [8, 4], Init.Normal(1)).data<float>().ToArray());
        Assert.NotEqual(first, Draw(new RandomWeights(4), "a.b"));
        Assert.NotEqual(first, Draw(new RandomWeights(3), "a.c"));
    }

    [Fact]
    public void The_global_generator_is_left_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(5);
        float[] expected = randn(4).data<float>().ToArray();
        manual_seed(5);
        Draw(new RandomWeights(3), "x");
        Assert.Equal(expected, randn(4).data<float>().ToArray());
    }

    [Fact]
    public void Kaiming_is_uniform_within_one_over_root_fan_in()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] values = new RandomWeights(1).Take("w", [200, 25], Init.KaimingUniform).data<float>().ToArray();
        Assert.All(values, v => Assert.InRange(v, -0.2f, 0.2f));
        Assert.True(values.Max() > 0.19f && values.Min() < -0.19f);
        Assert.InRange(values.Average(), -0.01f, 0.01f);
    }

    [Fact]
    public void Zeros_and_ones_are_plain_unless_asked_otherwise()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.All(new RandomWeights(1).Take("b", [50], Init.Zeros).data<float>().ToArray(), v => Assert.Equal(0, v));
        Assert.All(new RandomWeights(1).Take("w", [50], Init.Ones).data<float>().ToArray(), v => Assert.Equal(1, v));
        float[] moved = new RandomWeights(1, nonTrivial: true).Take("w", [50], Init.Ones).data<float>().ToArray();
        Assert.All(moved, v => Assert.NotEqual(1, v));
        Assert.InRange(moved.Average(), 0.9f, 1.1f);
    }

    private static float[] Draw(RandomWeights weights, string name) => weights.Take(name, [8, 4], Init.Normal(1)).data<float>().ToArray();
}
