using FsCheck;
using FsCheck.Fluent;
using Pipeline.Diffusion.Schedulers;

namespace Pipeline.Diffusion.Tests.Schedulers;

public sealed class TimestepGridTests
{
    [Fact]
    public void Stable_diffusions_own_file_gives_981_to_1()
    {
        int[] timesteps = TimestepGrid.Leading(50, 1000, 1);
        Assert.Equal([981, 961, 941], timesteps[..3]);
        Assert.Equal([41, 21, 1], timesteps[^3..]);
    }

    [Fact]
    public void Thirty_steps_have_a_stride_of_33() => Assert.Equal([957, 924], TimestepGrid.Leading(30, 1000, 0)[..2]);

    [Theory]
    [InlineData(8, new[] { 999, 879, 759, 639, 499, 379, 259, 139 })]
    [InlineData(12, new[] { 999, 919, 839, 759, 679, 599, 499, 419, 339, 259, 179, 99 })]
    [InlineData(15, new[] { 999, 939, 879, 799, 739, 679, 599, 539, 479, 399, 339, 279, 199, 139, 79 })]
    public void Consistency_timesteps_are_the_published_lists(int steps, int[] expected) =>
        Assert.Equal(expected, TimestepGrid.Consistency(steps, 1000, 50));

    [Fact]
    public void Strength_takes_the_less_noisy_part_of_the_original_steps()
    {
        int[] timesteps = TimestepGrid.Consistency(7, 1000, 50, 0.7);
        Assert.Equal(699, timesteps[0]);
        Assert.Equal(99, timesteps[^1]);
    }

    [Fact]
    public void Trailing_and_linspace_round_halves_to_even()
    {
        Assert.Equal([999, 899, 799], TimestepGrid.Trailing(10, 1000)[..3]);
        Assert.Equal([3, 1], TimestepGrid.Trailing(4, 5)[1..3]);        // 5, 3.75, 2.5, 1.25 -> 5, 4, 2, 1
        Assert.Equal([4, 2, 0], TimestepGrid.Linspace(3, 5));
        Assert.Equal([2, 0], TimestepGrid.Linspace(4, 6)[2..]);        // 0, 1.67, 3.33, 5
    }

    [Fact]
    public void Every_spacing_descends_strictly_inside_the_training_range()
    {
        Gen<(int, int, TimestepSpacing)> cases =
            from train in Gen.Choose(2, 1200)
            from steps in Gen.Choose(1, train)
            from spacing in Gen.Elements(Enum.GetValues<TimestepSpacing>())
            select (train, steps, spacing);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            (int train, int steps, TimestepSpacing spacing) = c;
            int[] timesteps = TimestepGrid.Create(spacing, steps, train, 0);
            return timesteps.Length == steps
                && timesteps.All(t => t >= 0 && t < train)
                && timesteps.Zip(timesteps.Skip(1)).All(p => p.Second < p.First)
                && (spacing != TimestepSpacing.Trailing || timesteps[0] == train - 1)
                && (spacing != TimestepSpacing.Leading || timesteps[^1] == 0)
                && (spacing != TimestepSpacing.Linspace || timesteps[^1] == 0);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Consistency_timesteps_are_a_descending_part_of_the_original_ones()
    {
        Gen<(int, int)> cases = from original in Gen.Choose(1, 100) from steps in Gen.Choose(1, original) select (original, steps);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            (int original, int steps) = c;
            HashSet<int> allowed = [.. Enumerable.Range(1, original).Select(j => (j * (1000 / original)) - 1)];
            int[] timesteps = TimestepGrid.Consistency(steps, 1000, original);
            return timesteps.Length == steps && timesteps.All(allowed.Contains) && timesteps.Distinct().Count() == steps && timesteps.SequenceEqual(timesteps.OrderDescending());
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(1001)]
    public void An_impossible_number_of_steps_is_refused(int steps)
    {
        foreach (TimestepSpacing spacing in Enum.GetValues<TimestepSpacing>())
        {
            Assert.Throws<ArgumentException>(() => TimestepGrid.Create(spacing, steps, 1000, 0));
        }
    }

    [Fact]
    public void An_offset_beyond_the_last_timestep_is_refused()
    {
        Assert.Throws<ArgumentException>(() => TimestepGrid.Leading(1000, 1000, 1));
        Assert.Throws<ArgumentException>(() => TimestepGrid.Leading(10, 1000, -1));
        Assert.Throws<ArgumentException>(() => TimestepGrid.Consistency(8, 1000, 50, 0.1));
    }
}
