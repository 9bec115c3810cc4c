using Pipeline.Imaging.Codecs;
using static Pipeline.Imaging.Tests.Pictures;

namespace Pipeline.Imaging.Tests;

public sealed class OrientationTests
{
    // The letters of a 3 x 2 picture a b c / d e f as stored, and how each orientation has to be shown.
    [Theory]
    [InlineData(1, "abc/def")]
    [InlineData(2, "cba/fed")]
    [InlineData(3, "fed/cba")]
    [InlineData(4, "def/abc")]
    [InlineData(5, "ad/be/cf")]
    [InlineData(6, "da/eb/fc")]
    [InlineData(7, "fc/eb/da")]
    [InlineData(8, "cf/be/ad")]
    [InlineData(0, "abc/def")]
    [InlineData(9, "abc/def")]
    public void Each_orientation_puts_every_pixel_in_its_place(int orientation, string expected)
    {
        RgbImage stored = Draw(3, 2, (x, y) => ((byte)("abcdef"[y * 3 + x]), 0, 0));
        RgbImage upright = Orientation.Apply(stored, orientation);
        string shown = string.Join('/', Enumerable.Range(0, upright.Height).Select(y =>
            string.Concat(Enumerable.Range(0, upright.Width).Select(x => (char)upright.Pixels[(y * upright.Width + x) * 3]))));
        Assert.Equal(expected, shown);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Exif_of_a_jpeg_turns_the_picture(byte orientation)
    {
        byte[] jpeg = Fixture("rgb.jpg");
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, // one entry:
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        ];
        RgbImage plain = Decode(jpeg), turned = Decode([.. jpeg[..2], .. exif, .. jpeg[2..]]);
        Assert.Equal(Orientation.Apply(plain, orientation).Pixels, turned.Pixels);
        Assert.Equal(orientation >= 5 ? (16, 24) : (24, 16), (turned.Width, turned.Height));
    }

    [Fact]
    public void Exif_of_a_png_turns_the_picture()
    {
        byte[] exif = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        byte[] png = PngWriter.Write(2, 1, 8, 2, [1, 1, 1, 2, 2, 2], ("eXIf", exif));
        RgbImage turned = Decode(png);
        Assert.Equal((1, 2), (turned.Width, turned.Height));
        Assert.Equal([1, 1, 1, 2, 2, 2], turned.Pixels);
    }
}
