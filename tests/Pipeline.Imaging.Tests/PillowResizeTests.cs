using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Imaging.Resampling;
using Pipeline.TestKit;
using static Pipeline.Imaging.Tests.Pictures;

namespace Pipeline.Imaging.Tests;

public sealed class PillowResizeTests
{
    [Fact]
    public void Every_golden_of_pillow_is_met_byte_for_byte()
    {
        string folder = Fixtures.Path("goldens", "transformers", "pillow_resize");
        int seen = 0;
        foreach ((string name, byte[] expected) in ExpectedTensors.ReadBytes(Path.Combine(folder, "expected.safetensors")))
        {
            string[] parts = name.Split('_');
            int[] size = [.. parts[1].Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
            RgbImage image = ImageCodec.Default.DecodeFile(Path.Combine(folder, parts[0] + ".png"));
            RgbImage resized = PillowResize.Resize(image, size[0], size[1], Enum.Parse<ResampleFilter>(parts[2], ignoreCase: true));
            Assert.True(expected.AsSpan().SequenceEqual(resized.Pixels), name);
            seen++;
        }

        Assert.True(seen >= 66, $"{seen} cases");
    }

    [Theory]
    [InlineData(ResampleFilter.Nearest)]
    [InlineData(ResampleFilter.Lanczos)]
    [InlineData(ResampleFilter.Bilinear)]
    [InlineData(ResampleFilter.Bicubic)]
    [InlineData(ResampleFilter.Box)]
    [InlineData(ResampleFilter.Hamming)]
    public void A_uniform_picture_stays_uniform_at_every_size(ResampleFilter filter) =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte W, byte H, byte ToW, byte ToH, byte Value)>(), c =>
        {
            RgbImage flat = Draw(c.W % 50 + 1, c.H % 50 + 1, (_, _) => (c.Value, c.Value, c.Value));
            RgbImage resized = PillowResize.Resize(flat, c.ToW % 60 + 1, c.ToH % 60 + 1, filter);
            return resized.Pixels.All(p => p == c.Value);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_unchanged_size_is_a_copy()
    {
        RgbImage copy = PillowResize.Resize(Pattern, 24, 16, ResampleFilter.Lanczos);
        Assert.Equal(Pattern.Pixels, copy.Pixels);
        Assert.NotSame(Pattern.Pixels, copy.Pixels);
    }
}
