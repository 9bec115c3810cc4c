using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.PieBench;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.Tests;

public sealed class PixelMetricTests
{
    private static readonly MaskImage First = Map((x, y) => (7 * x + 3 * y) % 256 / 255f);
    private static readonly MaskImage Second = First.Select(v => Math.Clamp(0.9f * v + 0.05f, 0, 1));

    [Fact]
    public void Error_and_similarity_meet_the_golden_vectors()
    {
        JsonElement golden = GoldenFile.Read("ssim_psnr");
        Assert.Equal(golden.GetProperty("mse").GetDouble(), PixelError.Mse(First, Second), 1e-9);
        Assert.Equal(golden.GetProperty("psnr").GetDouble(), PixelError.PsnrOf(PixelError.Mse(First, Second)).Value!.Value, 1e-5);
        Assert.Equal(golden.GetProperty("ssim_valid_gauss11").GetDouble(), Ssim.Compute(First, Second).Value!.Value, 1e-7);
        Assert.Equal(golden.GetProperty("ssim_full_frame").GetDouble(), Ssim.Compute(First, Second, SsimBorder.Full).Value!.Value, 1e-7);
    }

    [Fact]
    public void Ssim_agrees_with_the_formula_written_out_for_one_window()
    {
        // 11 x 11: exactly one window fits, so SSIM is the formula over the whole picture.
        MaskImage a = First.AreaAverage(11, 11), b = Second.Gaussian(1).AreaAverage(11, 11);
        double weights = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
        for (int i = 0; i < 121; i++)
        {
            double dx = i % 11 - 5, dy = i / 11 - 5, w = Math.Exp(-(dx * dx + dy * dy) / 4.5), x = a.Values[i], y = b.Values[i];
            (weights, ma, mb, aa, bb, ab) = (weights + w, ma + w * x, mb + w * y, aa + w * x * x, bb + w * y * y, ab + w * x * y);
        }

        (ma, mb, aa, bb, ab) = (ma / weights, mb / weights, aa / weights, bb / weights, ab / weights);
        double expected = (2 * ma * mb + 1e-4) * (2 * (ab - ma * mb) + 9e-4) / ((ma * ma + mb * mb + 1e-4) * (aa - ma * ma + bb - mb * mb + 9e-4));
        Assert.Equal(expected, Ssim.Compute(a, b).Value!.Value, 1e-12);
    }

    [Fact]
    public void Identical_pictures_have_no_psnr_but_a_flag()
    {
        RgbImage picture = Noise(20, 20, 1);
        IReadOnlyDictionary<string, MetricValue> metrics = PixelMetrics.Compute(picture, picture, MaskImage.Filled(20, 20, 1));
        Assert.Equal(MetricValue.Identical, metrics["psnr"]);
        Assert.Null(metrics["psnr"].Value);
        Assert.Equal(0, metrics["mse"].Value);
        Assert.Equal(1, metrics["ssim"].Value!.Value, 1e-12);
        Assert.Equal(MetricValue.Identical, metrics["psnr_edit_part"]);
    }

    [Fact]
    public void An_empty_part_is_missing_and_not_zero()
    {
        RgbImage a = Noise(20, 20, 1), b = Noise(20, 20, 2);
        IReadOnlyDictionary<string, MetricValue> everything = PixelMetrics.Compute(a, b, MaskImage.Filled(20, 20, 1)), nothing = PixelMetrics.Compute(a, b, new MaskImage(20, 20));
        foreach (string metric in new[] { "mse", "psnr", "ssim" })
        {
            Assert.Equal(MetricValue.Missing, everything[metric + "_unedit_part"]);
            Assert.Equal(MetricValue.Missing, everything[metric + "_unedit_part_norm"]);
            Assert.Equal(MetricValue.Missing, nothing[metric + "_edit_part"]);
            Assert.Equal(everything[metric], everything[metric + "_edit_part"]);
            Assert.Equal(everything[metric], everything[metric + "_edit_part_norm"]);
        }
    }

    [Fact]
    public void A_change_inside_the_mask_does_not_touch_the_background()
    {
        RgbImage a = Noise(40, 40, 1), b = new(40, 40, [.. a.Pixels]);
        for (int y = 10; y < 20; y++)
        {
            b.Row(y)[30..60].Clear();
        }

        IReadOnlyDictionary<string, MetricValue> metrics = PixelMetrics.Compute(a, b, MaskShapes.Boxes(40, 40, [new UnitBox(0.25, 0.25, 0.5, 0.5)]));
        Assert.Equal(0, metrics["mse_unedit_part"].Value);
        Assert.Equal(MetricFlag.Identical, metrics["psnr_unedit_part_norm"].Flag);
        Assert.Equal(1, metrics["ssim_unedit_part"].Value!.Value, 1e-12);
        Assert.Equal(metrics["mse"].Value!.Value, metrics["mse_edit_part"].Value!.Value, 1e-15);
        // The part has 100 of 1600 pixels: PIE's value is diluted by sixteen.
        Assert.Equal(metrics["mse_edit_part"].Value!.Value * 16, metrics["mse_edit_part_norm"].Value!.Value, 1e-12);
        Assert.True(metrics["ssim_edit_part_norm"].Value < metrics["ssim_edit_part"].Value);
    }

    [Fact]
    public void Parts_add_up_to_the_frame() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, byte Left, byte Right)>(), c =>
        {
            RgbImage a = Noise(24, 18, c.Seed), b = Noise(24, 18, c.Seed + 1);
            MaskImage mask = MaskShapes.Boxes(24, 18, [new UnitBox(c.Left / 255.0, 0.2, c.Right / 255.0, 0.9)]);
            IReadOnlyDictionary<string, MetricValue> m = PixelMetrics.Compute(a, b, mask);
            double parts = (m["mse_edit_part"].Value ?? 0) + (m["mse_unedit_part"].Value ?? 0);
            return Math.Abs(parts - m["mse"].Value!.Value) < 1e-12;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Metrics_are_symmetric_and_within_their_ranges() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, byte Size)>(), c =>
        {
            int side = 11 + c.Size % 20;
            RgbImage a = Noise(side, side + 3, c.Seed), b = Noise(side, side + 3, c.Seed + 1);
            IReadOnlyDictionary<string, MetricValue> forth = PixelMetrics.Compute(a, b), back = PixelMetrics.Compute(b, a);
            return forth.All(m => Math.Abs(m.Value.Value!.Value - back[m.Key].Value!.Value) < 1e-12)
                && forth["ssim"].Value is >= -1 and <= 1 && forth["mse"].Value is > 0 and <= 1 && forth["psnr"].Value >= 0;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void More_noise_is_worse_in_every_metric()
    {
        RgbImage clean = Noise(32, 32, 1);
        double lastPsnr = double.MaxValue, lastSsim = 1;
        foreach (int amplitude in new[] { 4, 16, 64 })
        {
            var random = new Random(3);
            RgbImage noisy = new(32, 32, Array.ConvertAll(clean.Pixels, p => (byte)Math.Clamp(p + random.Next(-amplitude, amplitude + 1), 0, 255)));
            double psnr = PixelError.Psnr(clean, noisy).Value!.Value, ssim = Ssim.Compute(clean, noisy).Value!.Value;
            Assert.True(psnr < lastPsnr && ssim < lastSsim);
            (lastPsnr, lastSsim) = (psnr, ssim);
        }
    }

    [Theory]
    [InlineData(10, 40, SsimBorder.Crop)]
    [InlineData(40, 5, SsimBorder.Full)]
    public void Pictures_smaller_than_a_window_have_no_ssim(int width, int height, SsimBorder border) =>
        Assert.Equal(MetricValue.Missing, Ssim.Compute(Noise(width, height, 1), Noise(width, height, 2), border));

    [Fact]
    public void Different_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PixelMetrics.Compute(new RgbImage(4, 4), new RgbImage(4, 5)));
        Assert.Throws<ArgumentException>(() => PixelMetrics.Compute(new RgbImage(4, 4), new RgbImage(4, 4), new MaskImage(5, 4)));
    }

    [Fact]
    public void Run_length_masks_meet_the_golden_vector_and_mark_the_border()
    {
        JsonElement golden = GoldenFile.Read("rle_8x8");
        int[] runs = [.. golden.GetProperty("rle").EnumerateArray().Select(v => v.GetInt32())];
        MaskImage mask = RunLengthMask.Decode(runs, 8, 8);
        Assert.Equal(golden.GetProperty("sum_after_border").GetInt32(), mask.Values.Sum());
        Assert.Equal((1f, 1f, 1f, 0f), (mask[2, 2], mask[4, 2], mask[0, 4], mask[5, 2]));
        Assert.Throws<FormatException>(() => RunLengthMask.Decode([1, 2, 3], 8, 8));
        Assert.Throws<FormatException>(() => RunLengthMask.Decode([-1, 2], 8, 8));
    }

    private static MaskImage Map(Func<int, int, float> value) => new(32, 32, [.. Enumerable.Range(0, 1024).Select(i => value(i % 32, i / 32))]);

    private static RgbImage Noise(int width, int height, int seed)
    {
        var image = new RgbImage(width, height);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }
}
