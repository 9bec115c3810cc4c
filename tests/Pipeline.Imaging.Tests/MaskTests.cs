using FsCheck;
using FsCheck.Fluent;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Imaging.Tests;

public sealed class MaskTests
{
    [Fact]
    public void A_box_is_one_inside_and_falls_as_half_a_cosine_outside()
    {
        // 100 x 50: short side 50, feather 0.2 is 10 pixels; the box covers columns 40..59 and rows 20..29.
        MaskImage map = MaskShapes.Boxes(100, 50, [new UnitBox(0.4, 0.4, 0.6, 0.6)], 0.2);
        Assert.Equal(1, map[40, 20]);
        Assert.Equal(1, map[59, 29]);
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * 0.05)), map[39, 25], 1e-6);
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * 0.55)), map[34, 25], 1e-6);
        Assert.Equal(0, map[29, 25]);
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * Math.Sqrt(0.5) / 10)), map[60, 30], 1e-6);
    }

    [Fact]
    public void Without_feather_a_box_is_sharp() => Assert.Equal(20 * 10, MaskShapes.Boxes(100, 50, [new UnitBox(0.4, 0.4, 0.6, 0.6)]).Values.Sum());

    [Fact]
    public void More_boxes_never_lower_the_map() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte, byte, byte, byte)[]>(), raw =>
        {
            UnitBox[] boxes = [.. (raw ?? []).Select(b => new UnitBox(b.Item1 / 255.0, b.Item2 / 255.0, b.Item3 / 255.0, b.Item4 / 255.0))];
            MaskImage all = MaskShapes.Boxes(20, 30, boxes, 0.1), fewer = MaskShapes.Boxes(20, 30, boxes.Skip(1), 0.1);
            return all.Values.Zip(fewer.Values).All(p => p.First >= p.Second && p.First is >= 0 and <= 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_mask_survives_png_to_half_a_step()
    {
        var map = new MaskImage(5, 3, [.. Enumerable.Range(0, 15).Select(i => i / 14f)]);
        MaskImage back = MaskImage.Decode(map.EncodePng());
        Assert.All(map.Values.Zip(back.Values), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 0.5001 / 255));
        Assert.Equal(back.Values, MaskImage.Decode(back.EncodePng()).Values);
    }

    [Fact]
    public void Values_outside_the_range_are_limited_when_written() =>
        Assert.Equal([0, 255, 0, 128], new MaskImage(4, 1, [-1, 7, float.NaN, 0.5f]).ToBytes());

    [Fact]
    public void Box_blur_repeats_the_edge() =>
        Assert.Equal([2f / 3, 1f / 3, 0], new MaskImage(3, 1, [1, 0, 0]).BoxBlur3().Values, new Close(1e-6f));

    [Fact]
    public void Gaussian_agrees_with_its_definition_on_an_impulse()
    {
        var impulse = new MaskImage(21, 21);
        impulse.Values[10 * 21 + 10] = 1;
        MaskImage blurred = impulse.Gaussian(1.5);
        double sum = Enumerable.Range(-6, 13).Sum(i => Math.Exp(-i * i / 4.5));
        Assert.Equal(1 / (sum * sum), blurred[10, 10], 1e-7);
        Assert.Equal(Math.Exp(-(4 + 9) / 4.5) / (sum * sum), blurred[12, 13], 1e-7);
        Assert.Equal(1, blurred.Values.Sum(), 1e-5);
    }

    [Fact]
    public void Gaussian_mirrors_at_the_edge_so_the_sum_is_kept()
    {
        var map = new MaskImage(7, 5);
        map.Values[0] = 1;
        Assert.Equal(1, map.Gaussian(2).Values.Sum(), 1e-5);
        Assert.Equal(map.Values, map.Gaussian(0).Values);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2.5)]
    [InlineData(7)]
    public void Dilation_is_the_largest_value_in_a_disc(double radius)
    {
        var random = new Random(5);
        var map = new MaskImage(17, 13, [.. Enumerable.Range(0, 17 * 13).Select(_ => random.NextSingle())]);
        MaskImage dilated = map.Dilate(radius);
        for (int y = 0; y < 13; y++)
        {
            for (int x = 0; x < 17; x++)
            {
                float expected = (from v in Enumerable.Range(0, 13) from u in Enumerable.Range(0, 17)
                                  where (u - x) * (u - x) + (v - y) * (v - y) <= radius * radius select map[u, v]).Max();
                Assert.Equal(expected, dilated[x, y]);
            }
        }
    }

    [Fact]
    public void Area_average_keeps_the_mean() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte W, byte H, byte ToW, byte ToH, int Seed)>(), c =>
        {
            MaskImage map = Noise(c.W % 30 + 1, c.H % 30 + 1, c.Seed);
            MaskImage scaled = map.AreaAverage(c.ToW % 40 + 1, c.ToH % 40 + 1);
            return Math.Abs(map.Values.Average() - scaled.Values.Average()) < 1e-5;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Area_average_weighs_parts_of_pixels() =>
        // Three pixels onto two: the first output covers one and a half pixels.
        Assert.Equal([2, 4], new MaskImage(3, 1, [3, 0, 6]).AreaAverage(2, 1).Values, new Close(1e-6f));

    [Fact]
    public void Float_resize_agrees_with_the_byte_version_up_to_rounding()
    {
        // Mid greys only: bytes are clamped between the two passes, floats are not.
        RgbImage picture = Pictures.Draw(37, 23, (x, y) => ((byte)(90 + x * 37 * y % 70), (byte)(90 + x * 37 * y % 70), (byte)(90 + x * 37 * y % 70)));
        foreach (ResampleFilter filter in Enum.GetValues<ResampleFilter>())
        {
            MaskImage fromFloat = MaskImage.FromImage(picture).Resize(50, 11, filter).Clamp();
            MaskImage fromBytes = MaskImage.FromImage(PillowResize.Resize(picture, 50, 11, filter));
            Assert.All(fromFloat.Values.Zip(fromBytes.Values), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 2.6 / 255));
        }
    }

    [Fact]
    public void Percentiles_interpolate_like_numpy()
    {
        var map = new MaskImage(4, 1, [4, 1, 3, 2]);
        Assert.Equal(1, map.Percentile(0));
        Assert.Equal(2.5f, map.Percentile(50));
        Assert.Equal(3.25f, map.Percentile(75));
        Assert.Equal(4, map.Percentile(100));
        Assert.Equal([3.25f, 1.75f, 3, 2], map.PercentileClip(25, 75).Values);
    }

    [Fact]
    public void Normalize_reaches_zero_and_one_and_a_flat_map_becomes_zero()
    {
        Assert.Equal([1, 0, 0.5f], new MaskImage(3, 1, [5, 3, 4]).Normalize().Values);
        Assert.Equal([0, 0], new MaskImage(2, 1, [7, 7]).Normalize().Values);
    }

    [Fact]
    public void Overlap_and_area()
    {
        var a = new MaskImage(4, 1, [1, 1, 0, 0]);
        var b = new MaskImage(4, 1, [0, 1, 1, 0]);
        Assert.Equal(1 / 3.0, a.IntersectionOverUnion(b), 1e-12);
        Assert.Equal(0.5, a.AreaOver());
        Assert.Equal([1, 1, 1, 0], a.Max(b).Values);
        Assert.Equal([0, 1, 0, 0], a.Multiply(b).Values);
        Assert.Equal([0, 0, 1, 1], a.Invert().Values);
        Assert.Throws<ArgumentException>(() => a.Max(new MaskImage(2, 2)));
    }

    [Fact]
    public void An_overlay_leaves_the_picture_where_the_map_is_zero()
    {
        RgbImage shown = HeatMap.Overlay(Pictures.Pattern, new MaskImage(24, 16));
        Assert.Equal(Pictures.Pattern.Pixels, shown.Pixels);
        (byte r, byte g, byte b) = HeatMap.Colour(1);
        Assert.Equal([r, g, b], HeatMap.Overlay(Pictures.Pattern, MaskImage.Filled(6, 4, 1), 1).Pixels[..3]);
    }

    private static MaskImage Noise(int width, int height, int seed)
    {
        var random = new Random(seed);
        return new MaskImage(width, height, [.. Enumerable.Range(0, width * height).Select(_ => random.NextSingle())]);
    }

    private sealed class Close(float tolerance) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(float value) => 0;
    }
}
