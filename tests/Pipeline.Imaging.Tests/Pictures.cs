using Pipeline.TestKit;

namespace Pipeline.Imaging.Tests;

/// <summary>
/// The pattern that every fixture in <c>tests/fixtures/images</c> shows: 24 x 16, red 10x, green 16y, blue 6(x+y); grey files have 10x. 16-bit files carry it in the upper bytes
/// and noise in the lower ones, alpha is xy mod 256. They were written once with the libvips 8.14 command line, the TIFF family with libtiff.
/// </summary>
internal static class Pictures
{
    internal static RgbImage Pattern { get; } = Draw(24, 16, (x, y) => ((byte)(x * 10), (byte)(y * 16), (byte)((x + y) * 6)));

    internal static RgbImage GrayPattern { get; } = Draw(24, 16, (x, _) => ((byte)(x * 10), (byte)(x * 10), (byte)(x * 10)));

    internal static byte[] Fixture(string file) => File.ReadAllBytes(Fixtures.Path("images", file));

    internal static RgbImage Decode(byte[] data, DecodeLimits? limits = null) => ImageCodec.Default.Decode(data, limits ?? DecodeLimits.Default, "test.img");

    internal static ImageFormatException Refused(byte[] data, DecodeLimits? limits = null) => Assert.Throws<ImageFormatException>(() => Decode(data, limits));

    internal static RgbImage Draw(int width, int height, Func<int, int, (byte R, byte G, byte B)> colour)
    {
        var image = new RgbImage(width, height);
        for (int i = 0; i < width * height; i++)
        {
            (image.Pixels[i * 3], image.Pixels[i * 3 + 1], image.Pixels[i * 3 + 2]) = colour(i % width, i / width);
        }

        return image;
    }

    internal static double MeanDifference(RgbImage a, RgbImage b)
    {
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        return a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Average();
    }
}
