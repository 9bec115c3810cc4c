using FsCheck;
using FsCheck.Fluent;
using Pipeline.Methods.Moodifier;

namespace Pipeline.Methods.Tests.Moodifier;

public sealed class WorkingSizeTests
{
    [Theory]
    [InlineData(1024, 768, 768, 576)]
    [InlineData(640, 480, 640, 480)]
    [InlineData(300, 200, 512, 344)]
    [InlineData(600, 601, 600, 600)]
    [InlineData(4000, 3000, 768, 576)]
    public void The_long_side_is_brought_into_the_range_and_sides_to_multiples(int width, int height, int expectedWidth, int expectedHeight) =>
        Assert.Equal(new WorkingSize(expectedWidth, expectedHeight), WorkingSize.Of(width, height, new MoodifierOptions(), 8, 512));

    [Fact]
    public void The_autoencoders_factor_is_honoured_whatever_the_multiple() =>
        Assert.Equal(new WorkingSize(480, 480), WorkingSize.Of(100, 100, new MoodifierOptions { SizeMultiple = 12 }, 32, 512)); // multiples of 96

    [Fact]
    public void Sizes_are_multiples_within_bounds_and_keep_the_shape_nearly() => Prop.ForAll(
        Gen.Choose(64, 3000).Two().ToArbitrary(), Gen.Elements(8, 64).ToArbitrary(), (sides, multiple) =>
        {
            (int width, int height) = sides;
            if (Math.Max(width, height) > 6 * Math.Min(width, height))
            {
                return true;
            }

            WorkingSize size = WorkingSize.Of(width, height, new MoodifierOptions { SizeMultiple = multiple }, 8, 512);
            double scale = (double)Math.Max(size.Width, size.Height) / Math.Max(width, height);
            return size.Width % multiple == 0 && size.Height % multiple == 0 && Math.Max(size.Width, size.Height) is >= 480 and <= 800
                && Math.Abs(size.Width - width * scale) <= multiple && Math.Abs(size.Height - height * scale) <= multiple;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bounds_that_are_left_open_follow_the_models_native_side()
    {
        Assert.Equal(new WorkingSize(64, 64), WorkingSize.Of(40, 40, new MoodifierOptions(), 4, 64));
        Assert.Equal(new WorkingSize(96, 64), WorkingSize.Of(1500, 1000, new MoodifierOptions(), 4, 64));
        Assert.Equal(new WorkingSize(128, 128), WorkingSize.Of(40, 40, new MoodifierOptions { LongSide = 256, MinLongSide = 128 }, 4, 64));
    }

    [Fact]
    public void A_strip_is_refused() =>
        Assert.Contains("crop", Assert.Throws<EditException>(() => WorkingSize.Of(3000, 30, new MoodifierOptions(), 8, 512)).Message, StringComparison.Ordinal);
}
