using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Imaging.Png;
using static Pipeline.Imaging.Tests.Pictures;

namespace Pipeline.Imaging.Tests;

public sealed class EncodeTests
{
    [Fact]
    public void Png_and_lossless_webp_round_trip_any_picture() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Width, byte Height, int Seed)>(), size =>
        {
            int width = size.Width % 40 + 1, height = size.Height % 40 + 1;
            RgbImage image = new(width, height);
            new Random(size.Seed).NextBytes(image.Pixels);
            return Decode(ImageCodec.Default.Encode(image, EncodeOptions.Png)).Pixels.SequenceEqual(image.Pixels)
                && Decode(ImageCodec.Default.Encode(image, new EncodeOptions { Format = ImageFormat.WebP, Lossless = true })).Pixels.SequenceEqual(image.Pixels);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Theory]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.WebP)]
    public void Lossy_formats_come_closer_with_quality(ImageFormat format)
    {
        double rough = MeanDifference(Pattern, Decode(ImageCodec.Default.Encode(Pattern, new EncodeOptions { Format = format, Quality = 20 })));
        double fine = MeanDifference(Pattern, Decode(ImageCodec.Default.Encode(Pattern, new EncodeOptions { Format = format, Quality = 98 })));
        Assert.True(fine < rough, $"{fine} < {rough}");
        Assert.InRange(fine, 0, 6);
    }

    [Fact]
    public void Equal_input_gives_equal_bytes()
    {
        foreach (ImageFormat format in new[] { ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.WebP })
        {
            var options = new EncodeOptions { Format = format, Text = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } };
            Assert.Equal(ImageCodec.Default.Encode(Pattern, options), ImageCodec.Default.Encode(Pattern, options));
        }
    }

    [Fact]
    public void The_recipe_travels_in_the_png_and_comes_back()
    {
        string recipe = """{"emotion":"awe","prompt":"a café at dusk — 夕暮れ","seed":1234}""";
        byte[] png = ImageCodec.Default.Encode(Pattern, new EncodeOptions { Text = new Dictionary<string, string> { ["moodpipe"] = recipe, ["Title"] = "x" } });
        Assert.Equal(recipe, PngText.Read(png)["moodpipe"]);
        Assert.Equal("x", PngText.Read(png)["Title"]);
        Assert.Equal(Pattern.Pixels, Decode(png).Pixels);
    }

    [Fact]
    public void Text_chunks_of_other_programs_are_read()
    {
        byte[] png = PngWriter.Write(
            1, 1, 8, 0, [0],
            ("tEXt", [.. "Author\0"u8, .. Encoding.Latin1.GetBytes("José")]),
            ("zTXt", [.. "Comment\0\0"u8, .. PngWriter.Deflate("long"u8.ToArray())]),
            ("iTXt", [.. "Caption\0"u8, 1, 0, .. "de\0Titel\0"u8, .. PngWriter.Deflate("größer"u8.ToArray())]),
            ("zTXt", [.. "Broken\0\0"u8, 1, 2, 3]));
        IReadOnlyDictionary<string, string> text = PngText.Read(png);
        Assert.Equal(("José", "long", "größer"), (text["Author"], text["Comment"], text["Caption"]));
        Assert.False(text.ContainsKey("Broken"));
    }

    [Fact]
    public void A_text_bomb_is_left_out()
    {
        byte[] png = PngWriter.Write(1, 1, 8, 0, [0], ("zTXt", [.. "Bomb\0\0"u8, .. PngWriter.Deflate(new byte[20 << 20])]));
        Assert.Empty(PngText.Read(png));
    }

    [Fact]
    public void Files_without_text_have_none()
    {
        Assert.Empty(PngText.Read(Fixture("rgb.png")));
        Assert.Empty(PngText.Read(Fixture("rgb.jpg")));
        Assert.Empty(PngText.Read([]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("line\nbreak")]
    [InlineData("日本")]
    public void Impossible_keywords_are_refused(string keyword) =>
        Assert.Throws<ArgumentException>(() => ImageCodec.Default.Encode(Pattern, new EncodeOptions { Text = new Dictionary<string, string> { [keyword] = "x" } }));

    [Fact]
    public void Options_outside_their_ranges_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ImageCodec.Default.Encode(Pattern, new EncodeOptions { Quality = 0 }));
        Assert.Throws<ArgumentException>(() => ImageCodec.Default.Encode(Pattern, new EncodeOptions { Compression = 10 }));
        Assert.Throws<ArgumentException>(() => ImageCodec.Default.Encode(Pattern, new EncodeOptions { Format = ImageFormat.Gif }));
    }
}
