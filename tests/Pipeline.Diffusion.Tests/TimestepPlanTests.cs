using Pipeline.Diffusion.Inversion;

namespace Pipeline.Diffusion.Tests;

public sealed class TimestepPlanTests
{
    [Theory]
    [InlineData(12)]
    [InlineData(15)]
    public void Lcm_lists_are_the_golden_ones(int steps) =>
        Assert.Equal(Golden.Case("lcm_timesteps").GetProperty($"{steps}").Ints(), new TimestepPlan(steps).Timesteps());

    [Fact]
    public void Leading_lists_carry_their_offset()
    {
        Assert.Equal([980, 960], new TimestepPlan(50, TimestepRule.Leading, Offset: 0).Timesteps().Take(2));
        Assert.Equal([981, 1], [new TimestepPlan(50, TimestepRule.Leading).Timesteps()[0], new TimestepPlan(50, TimestepRule.Leading).Timesteps()[^1]]);
    }

    [Fact]
    public void A_strength_below_one_cuts_the_noisy_end_of_the_list()
    {
        var plan = new TimestepPlan(15, Strength: 0.7);
        Assert.Equal(5, plan.Skipped);
        Assert.Equal(plan.Full().Skip(5), plan.Timesteps());
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(51, 1.0)]
    [InlineData(15, 0.0)]
    [InlineData(15, 1.5)]
    [InlineData(15, 0.01)]
    public void Impossible_plans_are_refused(int steps, double strength) =>
        Assert.Throws<DiffusionException>(() => new TimestepPlan(steps, Strength: strength).Timesteps());
}
