using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Moodifier;

namespace Pipeline.Methods.Tests.Moodifier;

public sealed class PixelCompositeTests
{
    [Fact]
    public void Weights_rise_from_zero_at_no_stimulus_to_one_at_the_blends_lower_bound()
    {
        RgbImage source = new(4, 1), edited = new(4, 1);
        Array.Fill(edited.Pixels, (byte)200);
        RgbImage result = PixelComposite.Apply(source, edited, new MaskImage(4, 1, [0, 0.075f, 0.15f, 1]), 0.15);
        Assert.Equal([0, 100, 200, 200], result.Pixels.Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void With_a_lower_bound_of_zero_any_stimulus_takes_the_edit()
    {
        RgbImage source = new(2, 1), edited = new(2, 1);
        Array.Fill(edited.Pixels, (byte)9);
        Assert.Equal([0, 9], PixelComposite.Apply(source, edited, new MaskImage(2, 1, [0, 1e-6f]), 0).Pixels.Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void Different_sizes_are_refused() =>
        Assert.Throws<ArgumentException>(() => PixelComposite.Apply(new RgbImage(2, 1), new RgbImage(1, 2), MaskImage.Filled(2, 1, 1), 0.15));
}
