using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Imaging.Headers;
using static Pipeline.Imaging.Tests.Pictures;

namespace Pipeline.Imaging.Tests;

public sealed class RefusalTests
{
    private static readonly string[] Lossless = ["rgb.png", "rgb.tif", "big.tif", "lossless.webp", "rgb24.bmp", "rgb.jpg", "progressive.jpg", "animated.gif"];

    [Fact]
    public void An_empty_file_is_empty() => Assert.Equal(ImageErrorKind.Empty, Refused([]).Kind);

    [Theory]
    [InlineData("hello, I am a text file that somebody renamed to photo.jpg")]
    [InlineData("<!DOCTYPE html><html><body>404 not found</body></html>")]
    [InlineData("BM is how this text begins, and no bitmap follows at all")]
    public void Text_is_no_image_whatever_its_name(string text)
    {
        ImageFormatException refusal = Refused(Encoding.UTF8.GetBytes(text));
        Assert.Equal(ImageErrorKind.NotAnImage, refusal.Kind);
        Assert.StartsWith("test.img: ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%PDF-1.7 ......", "PDF")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG")]
    [InlineData("\0\0\0\u0018ftypheic....", "HEIF")]
    [InlineData("8BPS....", "Photoshop")]
    public void Known_foreign_formats_are_named(string start, string format)
    {
        ImageFormatException refusal = Refused(Encoding.Latin1.GetBytes(start));
        Assert.Equal(ImageErrorKind.Unsupported, refusal.Kind);
        Assert.Contains(format, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("rgb.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("lossless.webp")]
    [InlineData("lossy.webp")]
    [InlineData("rgb.tif")]
    [InlineData("rgb24.bmp")]
    public void A_file_cut_anywhere_behind_its_signature_is_truncated(string file)
    {
        byte[] data = Fixture(file);
        for (int length = 18; length < data.Length; length += Math.Max(1, data.Length / 97))
        {
            Assert.Equal(ImageErrorKind.Truncated, Refused(data[..length]).Kind);
        }

        Assert.Equal(ImageErrorKind.Truncated, Refused(data[..^1]).Kind);
    }

    [Fact]
    public void A_gif_cut_within_its_first_frame_is_truncated()
    {
        byte[] first = GifHeader.FirstFrame(Fixture("animated.gif"), DecodeLimits.Default, "a.gif");
        Assert.Equal(ImageErrorKind.Truncated, Refused(first[..^4]).Kind);
    }

    [Theory]
    [InlineData(60_000, 60_000)]
    [InlineData(60_000, 1)]
    [InlineData(30_000, 30_000)]
    public void A_header_that_claims_too_many_pixels_is_refused_before_decoding(int width, int height)
    {
        byte[] bomb = PngWriter.File(width, height, 8, 2, PngWriter.Deflate(new byte[1000]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        ImageFormatException refusal = Refused(bomb);
        Assert.Equal(ImageErrorKind.TooLarge, refusal.Kind);
        Assert.Contains($"{width}x{height}", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Theory]
    [InlineData("rgb.jpg")]
    [InlineData("rgb.tif")]
    [InlineData("lossless.webp")]
    [InlineData("lossy.webp")]
    [InlineData("animated.webp")]
    [InlineData("animated.gif")]
    [InlineData("rgb24.bmp")]
    public void The_pixel_limit_holds_for_every_format(string file)
    {
        Assert.Equal(ImageErrorKind.TooLarge, Refused(Fixture(file), new DecodeLimits { MaxPixels = 24 * 16 - 1 }).Kind);
        Assert.Equal(ImageErrorKind.TooLarge, Refused(Fixture(file), new DecodeLimits { MaxSide = 23 }).Kind);
        Assert.Equal(ImageErrorKind.TooSmall, Refused(Fixture(file), new DecodeLimits { MinSide = 17 }).Kind);
        Assert.Equal(24, Decode(Fixture(file), new DecodeLimits { MaxPixels = 24 * 16, MaxSide = 24, MinSide = 16 }).Width);
    }

    [Fact]
    public void The_byte_limit_stops_a_stream_before_it_is_read_to_its_end()
    {
        using var endless = new EndlessStream();
        ImageFormatException refusal = Assert.Throws<ImageFormatException>(() => ImageCodec.Default.Decode(endless, new DecodeLimits { MaxBytes = 1 << 20 }));
        Assert.Equal(ImageErrorKind.TooLarge, refusal.Kind);
        Assert.InRange(endless.Given, 1 << 20, (1 << 20) + 200_000);
    }

    [Fact]
    public void A_jpeg_of_thousands_of_scans_is_refused()
    {
        byte[] jpeg = Fixture("progressive.jpg");
        int scan = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] bomb = [.. jpeg[..^2], .. Enumerable.Repeat(jpeg[scan..^2], 200).SelectMany(s => s), 0xFF, 0xD9];
        Assert.Equal(ImageErrorKind.TooLarge, Refused(bomb).Kind);
    }

    [Fact]
    public void A_damaged_png_is_unreadable()
    {
        byte[] png = PngWriter.File(24, 16, 8, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
        ImageFormatException refusal = Refused(png);
        Assert.Equal(ImageErrorKind.Unreadable, refusal.Kind);
        Assert.Contains("Png", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_png_whose_pixel_data_stop_early_is_refused_although_its_chunks_are_complete()
    {
        byte[] png = PngWriter.File(24, 16, 8, 2, PngWriter.Deflate(new byte[100]));
        Assert.Equal(ImageErrorKind.Unreadable, Refused(png).Kind);
    }

    [Fact]
    public void Any_damage_gives_a_picture_within_the_limits_or_a_typed_refusal()
    {
        byte[][] files = [.. Lossless.Select(Fixture)];
        var limits = new DecodeLimits { MaxPixels = 4096 };
        Arbitrary<(int File, int At, byte Value)> damage = ArbMap.Default.ArbFor<(int, int, byte)>();
        Prop.ForAll(damage, change =>
        {
            byte[] data = [.. files[(change.File & int.MaxValue) % files.Length]];
            data[(change.At * 7919 & int.MaxValue) % data.Length] = change.Value;
            try
            {
                RgbImage image = Decode(data, limits);
                return image.Width * image.Height <= limits.MaxPixels;
            }
            catch (ImageFormatException e)
            {
                return e.Message.StartsWith("test.img: ", StringComparison.Ordinal);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    [Fact]
    public void Header_parsers_never_throw_anything_else_on_random_bytes()
    {
        byte[][] starts = [.. Lossless.Select(f => Fixture(f)[..20])];
        Prop.ForAll(ArbMap.Default.ArbFor<(int Start, byte[] Body)>(), input =>
        {
            byte[] data = [.. starts[(input.Start & int.MaxValue) % starts.Length], .. input.Body ?? []];
            try
            {
                return ImageHeader.Read(data, DecodeLimits.Default, "x").Width > 0;
            }
            catch (ImageFormatException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
