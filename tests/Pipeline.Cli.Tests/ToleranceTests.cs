using Pipeline.Cli.Parity;

namespace Pipeline.Cli.Tests;

public sealed class ToleranceTests
{
    [Theory]
    [InlineData(1.0, 1.0, ComparisonStatus.Passed)]
    [InlineData(1.0, 1.0000001, ComparisonStatus.Failed)]
    [InlineData(double.NaN, double.NaN, ComparisonStatus.Passed)]
    [InlineData(double.NaN, 0.0, ComparisonStatus.Failed)]
    [InlineData(0.0, double.NaN, ComparisonStatus.Failed)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity, ComparisonStatus.Passed)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity, ComparisonStatus.Failed)]
    public void Exact_comparison_of_one_value(double expected, double actual, ComparisonStatus status) =>
        Assert.Equal(status, Tolerance.Exact.Compare("x", [expected], [actual]).Status);

    [Fact]
    public void Relative_part_is_of_the_expected_magnitude()
    {
        Tolerance tolerance = new(0.5, 0.01);
        Assert.Equal(ComparisonStatus.Passed, tolerance.Compare("x", [100], [101.5]).Status);
        Assert.Equal(ComparisonStatus.Failed, tolerance.Compare("x", [100], [101.51]).Status);
    }

    [Fact]
    public void A_nan_among_good_values_fails_even_under_a_wide_tolerance()
    {
        TensorComparison row = new Tolerance(1e9).Compare("x", [1, 2, 3], [1, double.NaN, 3]);
        Assert.Equal(ComparisonStatus.Failed, row.Status);
        Assert.Contains("1 of 3", row.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Outliers_are_a_share_of_the_elements()
    {
        Tolerance tolerance = new(0, 0, 0.25);
        Assert.Equal(ComparisonStatus.Passed, tolerance.Compare("x", [0, 0, 0, 0], [9, 0, 0, 0]).Status);
        Assert.Equal(ComparisonStatus.Failed, tolerance.Compare("x", [0, 0, 0, 0], [9, 9, 0, 0]).Status);
    }

    [Fact]
    public void Missing_elements_fail() =>
        Assert.Equal(ComparisonStatus.Failed, new Tolerance(1).Compare("x", [0, 0], [0]).Status);

    [Fact]
    public void Lists_of_other_length_differ() =>
        Assert.Equal(ComparisonStatus.Failed, TensorComparison.EqualLists<int>("ids", [1, 2, 3], [1, 2]).Status);
}
