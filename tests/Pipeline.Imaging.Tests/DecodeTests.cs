using static Pipeline.Imaging.Tests.Pictures;

namespace Pipeline.Imaging.Tests;

public sealed class DecodeTests
{
    [Theory]
    [InlineData("rgb.png")]
    [InlineData("interlaced.png")]
    [InlineData("rgba.png")]
    [InlineData("rgb16.png")]
    [InlineData("lossless.webp")]
    [InlineData("animated.webp")]
    [InlineData("rgb.tif")]
    [InlineData("tiled-deflate.tif")]
    [InlineData("rgb16.tif")]
    [InlineData("big.tif")]
    [InlineData("rgb24.bmp")]
    public void Lossless_colour_files_give_the_stored_bytes_without_alpha(string file) => Assert.Equal(Pattern.Pixels, Decode(Fixture(file)).Pixels);

    [Theory]
    [InlineData("gray.png")]
    [InlineData("gray-alpha.png")]
    [InlineData("gray16.png")]
    public void Gray_files_give_three_equal_channels(string file) => Assert.Equal(GrayPattern.Pixels, Decode(Fixture(file)).Pixels);

    [Theory]
    [InlineData("rgb.jpg", 3)]
    [InlineData("progressive.jpg", 3)]
    [InlineData("lossy.webp", 6)]
    [InlineData("animated.gif", 12)]
    public void Lossy_files_come_close(string file, double most) => Assert.InRange(MeanDifference(Pattern, Decode(Fixture(file))), 0.01, most);

    [Fact]
    public void Gray_jpeg_comes_close() => Assert.InRange(MeanDifference(GrayPattern, Decode(Fixture("gray.jpg"))), 0, 2);

    [Theory]
    [InlineData("cmyk.jpg")]
    [InlineData("cmyk.tif")]
    public void Cmyk_without_a_profile_is_converted_by_a_press_profile(string file)
    {
        // The press gamut is smaller than sRGB's; an inverted or naive conversion is off by 60 and more.
        Assert.InRange(MeanDifference(Pattern, Decode(Fixture(file))), 0, 25);
    }

    [Fact]
    public void Cie_lab_is_converted() => Assert.InRange(MeanDifference(Pattern, Decode(Fixture("lab.tif"))), 0, 0.5);

    [Fact]
    public void A_wide_gamut_profile_is_converted_to_srgb()
    {
        Assert.InRange(MeanDifference(Pattern, Decode(Fixture("display-p3.png"))), 0, 1.5);
    }

    [Fact]
    public void Transparent_webp_keeps_its_colours_where_anything_is_visible()
    {
        RgbImage image = Decode(Fixture("alpha.webp"));
        for (int i = 0; i < 24 * 16; i++)
        {
            if (i % 24 * (i / 24) % 256 > 0)
            {
                Assert.Equal(Pattern.Pixels.AsSpan(i * 3, 3), image.Pixels.AsSpan(i * 3, 3));
            }
        }
    }

    [Fact]
    public void Floating_point_samples_are_refused_as_unsupported() => Assert.Equal(ImageErrorKind.Unsupported, Refused(Fixture("float.tif")).Kind);

    [Fact]
    public void Palette_png_with_transparency_gives_the_palette_colours()
    {
        byte[] png = PngWriter.Write(4, 1, 2, 3, [0b00_01_10_11], ("PLTE", [1, 2, 3, 40, 50, 60, 70, 80, 90, 255, 0, 128]), ("tRNS", [255, 128, 0]));
        Assert.Equal([1, 2, 3, 40, 50, 60, 70, 80, 90, 255, 0, 128], Decode(png).Pixels);
    }

    [Theory]
    [InlineData(1, 0b10100000, new byte[] { 255, 0, 255 })]
    [InlineData(2, 0b00_01_11_00, new byte[] { 0, 85, 255 })]
    [InlineData(4, 0x7F, new byte[] { 119, 255 })]
    public void Gray_of_less_than_eight_bits_is_stretched_to_the_full_range(int depth, byte row, byte[] expected)
    {
        RgbImage image = Decode(PngWriter.Write(expected.Length, 1, depth, 0, [row]));
        Assert.Equal(expected.SelectMany(v => new[] { v, v, v }), image.Pixels);
    }

    [Fact]
    public void A_colour_key_does_not_change_the_colours()
    {
        byte[] png = PngWriter.Write(2, 1, 8, 2, [10, 20, 30, 40, 50, 60], ("tRNS", [0, 10, 0, 20, 0, 30]));
        Assert.Equal([10, 20, 30, 40, 50, 60], Decode(png).Pixels);
    }

    [Fact]
    public void One_pixel_is_a_picture() => Assert.Equal([7, 8, 9], Decode(PngWriter.Write(1, 1, 8, 2, [7, 8, 9])).Pixels);

    [Fact]
    public void The_first_frame_of_an_animation_is_enough_even_when_the_rest_is_missing()
    {
        byte[] gif = Fixture("animated.gif");
        RgbImage whole = Decode(gif);
        Assert.Equal(whole.Pixels, Decode(gif[..^10]).Pixels);
    }

    [Fact]
    public void Many_threads_may_decode_at_once()
    {
        string[] files = ["rgb.png", "rgb.tif", "lossless.webp", "rgb24.bmp"];
        byte[][] data = [.. files.Select(Fixture)];
        Parallel.For(0, 64, i => Assert.Equal(Pattern.Pixels, Decode(data[i % data.Length]).Pixels));
    }

    [Fact]
    public void A_stream_and_a_file_give_the_same_picture_as_their_bytes()
    {
        using var stream = new MemoryStream(Fixture("rgb.png"));
        Assert.Equal(Pattern.Pixels, ImageCodec.Default.Decode(stream).Pixels);
        Assert.Equal(Pattern.Pixels, ImageCodec.Default.DecodeFile(TestKit.Fixtures.Path("images", "rgb.png")).Pixels);
    }
}
