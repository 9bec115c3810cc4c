using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Layers;
using Pipeline.Models.Lpips;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Evaluation.Tests;

public sealed class PerceptualMetricTests
{
    [Fact]
    public void Parts_are_those_of_both_pictures_blackened_outside_of_them()
    {
        using PerceptualMetrics metrics = Metrics();
        RgbImage source = Picture(1), edited = Picture(2);
        MaskImage mask = Left(40, 48);
        IReadOnlyDictionary<string, MetricValue> values = metrics.Compute(source, edited, mask);
        Assert.Equal(["lpips", "lpips_edit_part", "lpips_unedit_part", "ns_lpips"], values.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(metrics.Compute(source, edited)["lpips"].Value, values["lpips"].Value);
        Assert.Equal(metrics.Compute(Black(source, mask, true), Black(edited, mask, true))["lpips"].Value!.Value, values["lpips_edit_part"].Value!.Value, 1e-7);
        Assert.Equal(metrics.Compute(Black(source, mask, false), Black(edited, mask, false))["lpips"].Value!.Value, values["lpips_unedit_part"].Value!.Value, 1e-7);
        Assert.All(values.Values, v => Assert.True(v.Value > 0));
        Assert.All(metrics.Compute(source, source, mask).Values, v => Assert.Equal(0, v.Value));
    }

    [Fact]
    public void Changes_inside_of_the_selection_do_not_count()
    {
        using PerceptualMetrics metrics = Metrics();
        RgbImage source = Picture(3);
        MaskImage selected = Left(40, 48);
        RgbImage inside = Mixed(source, Picture(4), selected), outside = Mixed(Picture(4), source, selected);
        double within = NonSelectedLpips.Compute(metrics.Model, source, inside, selected).Value!.Value, without = NonSelectedLpips.Compute(metrics.Model, source, outside, selected).Value!.Value;
        Assert.True(within < 0.2 * without, $"{within} {without}"); // only the seam is left of it, from stretching the pictures
        Assert.Equal(MetricFlag.Missing, NonSelectedLpips.Compute(metrics.Model, source, outside, MaskImage.Filled(8, 8, 1)).Flag);
        Assert.Equal(MetricFlag.Missing, metrics.Compute(source, outside, MaskImage.Filled(40, 48, 1))["lpips_unedit_part"].Flag);
    }

    [Fact]
    public void The_official_script_weighs_softly_and_feeds_another_range()
    {
        using DisposeScope scope = NewDisposeScope();
        using PerceptualMetrics metrics = Metrics();
        RgbImage source = Picture(5, 256, 256), edited = Picture(6, 256, 256);
        MaskImage map = NonSelectedLpips.FromAttention(MaskImage.Filled(256, 256, 0.2f));
        Assert.Equal(1, map.Values[0]);
        MaskImage soft = MaskImage.Filled(256, 256, 0.4f);
        Tensor Expected(double factor, bool signed) => metrics.Model.Distance(Fed(source, factor, signed), Fed(edited, factor, signed));
        Assert.Equal(Expected(0.6, false).ToDouble(), NonSelectedLpips.Compute(metrics.Model, source, edited, soft, NonSelectedMode.Official).Value!.Value, 1e-6);
        Assert.Equal(Expected(1, true).ToDouble(), NonSelectedLpips.Compute(metrics.Model, source, edited, soft).Value!.Value, 1e-6);
        static Tensor Fed(RgbImage picture, double factor, bool signed)
        {
            Tensor unit = ImageTensors.ToTensor(picture) * factor;
            return signed ? (unit * 2.0) - 1.0 : unit;
        }
    }

    [Fact]
    public void Pictures_too_small_for_the_network_have_no_value_and_other_sizes_are_refused()
    {
        using PerceptualMetrics metrics = Metrics();
        Assert.Equal(MetricFlag.Missing, metrics.Compute(Picture(1, 31, 40), Picture(2, 31, 40))["lpips"].Flag);
        Assert.Throws<ArgumentException>(() => metrics.Compute(Picture(1, 40, 40), Picture(2, 41, 40)));
        Assert.Throws<ArgumentException>(() => metrics.Compute(Picture(1, 40, 40), Picture(2, 40, 40), new MaskImage(8, 8)));
    }

    [Fact]
    public void Kept_features_of_the_source_are_freed()
    {
        Run();
        long before = LiveTensors.Settled();
        Run();
        LiveTensors.AssertBackTo(before);

        static void Run()
        {
            using PerceptualMetrics metrics = Metrics();
            double[] values = [.. new[] { 1, 1, 2, 1 }.Select(seed => metrics.Compute(Picture(seed), Picture(9), Left(40, 48))["lpips"].Value!.Value)];
            Assert.Equal(values[0], values[1]);
            Assert.Equal(values[0], values[3]);
            Assert.NotEqual(values[0], values[2]);
        }
    }

    private static PerceptualMetrics Metrics() =>
        new(new LpipsModel(new RandomWeights(3, nonTrivial: true), new LpipsConfig { Backbone = LpipsBackbone.Alex, Channels = [6, 8, 8, 6, 6] }), CPU);

    private static MaskImage Left(int width, int height)
    {
        MaskImage mask = new(width, height);
        for (int y = 0; y < height; y++)
        {
            mask.Row(y)[..(width / 2)].Fill(1);
        }

        return mask;
    }

    private static RgbImage Picture(int seed, int width = 40, int height = 48)
    {
        RgbImage picture = new(width, height);
        new Random(seed).NextBytes(picture.Pixels);
        return picture;
    }

    private static RgbImage Black(RgbImage picture, MaskImage mask, bool keepInside) =>
        new(picture.Width, picture.Height, [.. picture.Pixels.Select((p, i) => mask.Values[i / 3] > 0.5f == keepInside ? p : (byte)0)]);

    /// <summary>The second picture where the mask is, else the first.</summary>
    private static RgbImage Mixed(RgbImage first, RgbImage second, MaskImage mask) =>
        new(first.Width, first.Height, [.. first.Pixels.Select((p, i) => mask.Values[i / 3] > 0.5f ? second.Pixels[i] : p)]);
}
