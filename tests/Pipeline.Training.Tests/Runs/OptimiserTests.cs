using Pipeline.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

public sealed class OptimiserTests
{
    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(10, 1)]
    [InlineData(60, 0.55)]
    [InlineData(110, 0.1)]
    public void The_rate_warms_up_and_falls_along_a_cosine(long step, double expected) =>
        Assert.Equal(expected, new OptimiserConfig { Rate = 1, FloorRate = 0.1, WarmUp = 10 }.RateAt(step, 110), 12);

    [Fact]
    public void A_constant_rate_stays_after_the_warm_up() =>
        Assert.Equal(2, new OptimiserConfig { Rate = 2, WarmUp = 3, Schedule = RateSchedule.Constant }.RateAt(100, 100));

    [Fact]
    public void Steps_equal_those_of_the_engines_own_optimiser()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(3);
        Tensor start = empty([5, 4], ScalarType.Float32).normal_(0, 1, random);
        Parameter mine = new(start.clone(), true), theirs = new(start.clone(), true);
        OptimiserConfig config = new() { Rate = 0.01, WeightDecay = 0.1 };
        using AdamWOptimiser own = new([("w", mine)], config);
        using optim.Optimizer reference = optim.AdamW([theirs], 0.01, config.Beta1, config.Beta2, config.Epsilon, config.WeightDecay);
        for (int step = 1; step <= 20; step++)
        {
            foreach (Parameter parameter in new[] { mine, theirs })
            {
                parameter.grad?.zero_();
                (parameter * parameter * parameter).sum().backward();
            }

            own.Step(step, 0.01);
            reference.step();
        }

        Assert.Equal(theirs.data<float>().ToArray(), mine.data<float>().ToArray());
        Assert.NotEqual(start.data<float>().ToArray(), mine.data<float>().ToArray());
    }
}
