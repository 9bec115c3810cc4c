using Pipeline.Diffusion.Attention;

namespace Pipeline.Diffusion.Tests;

public sealed class StepWindowTests
{
    [Theory]
    [InlineData(15, 0.7, 10)]
    [InlineData(15, 0.5, 7)]
    [InlineData(12, 0.7, 8)]
    [InlineData(40, 0.8, 32)]
    [InlineData(12, 0.0, 0)]
    [InlineData(12, 1.0, 12)]
    public void The_number_of_active_steps_is_the_floor_of_the_fraction(int steps, double fraction, int expected)
    {
        Assert.Equal(expected, StepWindow.Count(fraction, steps));
        Assert.Equal(expected, Enumerable.Range(0, steps).Count(StepWindow.First(fraction, steps).Contains));
    }

    [Fact]
    public void Steps_left_out_by_a_strength_below_one_count_as_done()
    {
        StepWindow window = StepWindow.First(0.7, 15, skipped: 6);
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 9).Where(window.Contains));
        Assert.Equal(0, Enumerable.Range(0, 9).Count(StepWindow.First(0.3, 15, skipped: 6).Contains));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_fraction_outside_the_unit_interval_is_refused(double fraction) =>
        Assert.Throws<DiffusionException>(() => StepWindow.First(fraction, 10));
}
