using FsCheck;
using FsCheck.Fluent;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Noise;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class SpatialMapTests
{
    [Fact]
    public void Area_averages_keep_the_mean_for_any_grid() => Prop.ForAll(
        Gen.Choose(1, 13).Four().ToArbitrary(), sides =>
        {
            (int height, int width, int rows, int columns) = sides;
            SpatialMap map = Random(height, width);
            double mean = map.Values.Average(v => (double)v);
            return Math.Abs(map.AreaAverage(rows, columns).Values.Average(v => (double)v) - mean) < 1e-6;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Area_averages_of_whole_cells_are_their_means() =>
        Assert.Equal([0.25f, 0.5f], new SpatialMap(2, 4, [0, 1, 1, 0, 0, 0, 0, 1]).AreaAverage(1, 2).Values);

    [Fact]
    public void Constant_maps_stay_exactly_constant_under_every_operation() => Prop.ForAll(
        Gen.Choose(1, 20).Two().ToArbitrary(), Gen.Elements(0f, 1f).ToArbitrary(), (sides, value) =>
        {
            SpatialMap map = SpatialMap.Constant(9, 14, value).AreaAverage(sides.Item1, sides.Item2).Gaussian3().SoftStep(0.15, 0.5);
            return map.Values.All(v => v == value);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_gaussian_spreads_a_point_by_its_kernel()
    {
        float[] values = new float[25];
        values[12] = 1;
        SpatialMap blurred = new SpatialMap(5, 5, values).Gaussian3();
        double side = Math.Exp(-0.5), norm = 1 + 2 * side;
        Assert.Equal(1 / norm / norm, blurred.Values[12], 6);
        Assert.Equal(side / norm / norm, blurred.Values[11], 6);
        Assert.Equal(side * side / norm / norm, blurred.Values[6], 6);
        Assert.Equal(0, blurred.Values[2]);
    }

    [Fact]
    public void The_soft_step_makes_tails_zero_and_cores_one() =>
        Assert.Equal([0, 0, 0.5f, 1, 1], new SpatialMap(1, 5, [0, 0.15f, 0.325f, 0.5f, 1]).SoftStep(0.15, 0.5).Values.Select(v => MathF.Round(v, 6)));

    [Theory]
    [InlineData(-0.1f)]
    [InlineData(1.5f)]
    [InlineData(float.NaN)]
    public void Values_outside_the_unit_interval_are_refused(float value) =>
        Assert.Throws<DiffusionException>(() => new SpatialMap(1, 2, [0, value]));

    [Fact]
    public void Word_masks_of_source_and_target_join_as_in_the_golden_vector()
    {
        var golden = Golden.Case("local_blend");
        SpatialMap Mask(string name)
        {
            double[] values = [.. golden.GetProperty(name).EnumerateArray().SelectMany(r => r.Doubles())];
            using Tensor attention = tensor(values.Select(v => (float)v).ToArray(), [4, 1]); // [T, L]
            return WordMask.Of(attention, 2, 2, [0], 2, 2, golden.Number("th"), pool: false);
        }

        int[] expected = [.. golden.GetProperty("mask").EnumerateArray().SelectMany(r => r.Ints())];
        Assert.Equal(expected.Select(m => (float)m), WordMask.Union(Mask("src_map"), Mask("tgt_map")).Values);
    }

    [Fact]
    public void Pooling_grows_a_word_by_one_cell_and_enlarging_repeats_cells()
    {
        float[] values = new float[16];
        values[0] = 1;
        using Tensor attention = tensor(values, [16, 1]);
        SpatialMap mask = WordMask.Of(attention, 4, 4, [0], 8, 8);
        Assert.Equal(16, mask.Values.Count(v => v == 1));
        Assert.Equal(1, mask.Values[3 * 8 + 3]);
        Assert.Equal(0, mask.Values[4]);
    }

    [Fact]
    public void A_mask_of_no_words_is_empty_and_not_undefined()
    {
        using Tensor attention = ones(4, 3);
        Assert.All(WordMask.Of(attention, 2, 2, [], 2, 2).Values, v => Assert.Equal(0, v));
        Assert.Throws<DiffusionException>(() => WordMask.Of(attention, 2, 2, [3], 2, 2));
    }

    private static SpatialMap Random(int height, int width) =>
        new(height, width, Array.ConvertAll(new NoiseSource(height, "map").Normal($"{width}", height * width), v => Math.Clamp(MathF.Abs(v) / 3, 0, 1)));
}
