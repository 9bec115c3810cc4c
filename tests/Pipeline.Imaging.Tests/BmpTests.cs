using System.Buffers.Binary;
using static Pipeline.Imaging.Tests.Pictures;

namespace Pipeline.Imaging.Tests;

public sealed class BmpTests
{
    private static readonly byte[] TwoColours = [0, 0, 0, 0, 30, 20, 10, 0];

    [Fact]
    public void One_bit_bottom_up() =>
        Assert.Equal([0, 0, 0, 10, 20, 30, 10, 20, 30, 0, 0, 0], Decode(Bmp(2, 2, 1, 0, TwoColours, [0b10000000, 0, 0, 0, 0b01000000, 0, 0, 0])).Pixels);

    [Fact]
    public void Four_bits_top_down() =>
        Assert.Equal([10, 20, 30, 0, 0, 0, 10, 20, 30], Decode(Bmp(3, -1, 4, 0, TwoColours, [0x10, 0x10, 0, 0])).Pixels);

    [Fact]
    public void Sixteen_bits_are_five_a_channel() =>
        Assert.Equal([255, 0, 0, 0, 255, 132], Decode(Bmp(2, 1, 16, 0, [], [0x00, 0x7C, 0xF0, 0x03])).Pixels);

    [Fact]
    public void Bit_fields_of_565() =>
        Assert.Equal([255, 0, 0, 0, 255, 0], Decode(Bmp(2, 1, 16, 3, [0, 0xF8, 0, 0, 0xE0, 0x07, 0, 0, 0x1F, 0, 0, 0], [0x00, 0xF8, 0xE0, 0x07])).Pixels);

    [Fact]
    public void Thirty_two_bits_drop_alpha() =>
        Assert.Equal([3, 2, 1, 6, 5, 4], Decode(Bmp(2, 1, 32, 0, [], [1, 2, 3, 0, 4, 5, 6, 255])).Pixels);

    [Fact]
    public void Run_lengths_of_bytes_with_literals_moves_and_line_ends()
    {
        // Line 0 (lowest): three times 1; line 1: move right by one, then literals 1 0 1 (padded).
        byte[] data = [3, 1, 0, 0, 0, 2, 1, 0, 0, 3, 1, 0, 1, 0, 0, 1];
        RgbImage image = Decode(Bmp(4, 2, 8, 1, TwoColours, data, colours: 2));
        Assert.Equal([0, 10, 0, 10, 10, 10, 10, 0], Enumerable.Range(0, 8).Select(i => (int)image.Pixels[i * 3]));
    }

    [Fact]
    public void Run_lengths_of_nibbles_alternate()
    {
        RgbImage image = Decode(Bmp(4, 1, 4, 2, TwoColours, [4, 0x10, 0, 1], colours: 2));
        Assert.Equal([10, 0, 10, 0], Enumerable.Range(0, 4).Select(i => (int)image.Pixels[i * 3]));
    }

    [Fact]
    public void Run_lengths_without_an_end_are_truncated() =>
        Assert.Equal(ImageErrorKind.Truncated, Refused(Bmp(4, 2, 8, 1, TwoColours, [3, 1, 0, 0], colours: 2)).Kind);

    [Fact]
    public void Old_core_header_with_three_byte_palette()
    {
        byte[] file = new byte[26 + 6 + 4];
        "BM"u8.CopyTo(file);
        (file[10], file[14], file[18], file[20], file[22], file[24]) = (32, 12, 2, 1, 1, 1);
        (file[29], file[30], file[31], file[32]) = (30, 20, 10, 0b01000000);
        Assert.Equal([0, 0, 0, 10, 20, 30], Decode(file).Pixels);
    }

    [Fact]
    public void A_jpeg_inside_a_bitmap_is_unsupported() => Assert.Equal(ImageErrorKind.Unsupported, Refused(Bmp(4, 4, 24, 4, [], new byte[48])).Kind);

    private static byte[] Bmp(int width, int height, int bits, int compression, byte[] palette, byte[] pixels, int colours = 0)
    {
        byte[] header = new byte[54];
        "BM"u8.CopyTo(header);
        // A palette shorter than 2^bits has to be declared.
        int declared = colours > 0 ? colours : bits <= 8 ? palette.Length / 4 : 0;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(10), 54 + palette.Length);
        header[14] = 40;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(22), height);
        (header[26], header[28], header[30], header[46]) = (1, (byte)bits, (byte)compression, (byte)declared);
        return [.. header, .. palette, .. pixels];
    }
}
