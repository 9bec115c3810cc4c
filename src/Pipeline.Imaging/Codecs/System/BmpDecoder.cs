using System.Buffers.Binary;
using System.Numerics;
using Pipeline.Imaging.Headers;

namespace Pipeline.Imaging.Codecs;

/// <summary>Bitmaps of 1, 4, 8 (also run-length), 16, 24 and 32 bits. Alpha is dropped, as everywhere; pixels that run lengths leave out are black.</summary>
internal static class BmpDecoder
{
    internal static RgbImage Decode(ReadOnlySpan<byte> data, DecodeLimits limits, string name)
    {
        BmpHeader header = BmpHeader.Read(new HeaderReader(data, name), limits);
        var image = new RgbImage(header.Image.Width, header.Image.Height);
        if (header.BitsPerPixel <= 8)
        {
            byte[] indices = header.Compression == 0 ? Unpack(data, header) : RunLengths(data, header, name);
            LookUp(data, header, indices, image);
        }
        else
        {
            DirectColours(data, header, image);
        }

        return image;
    }

    private static int StoredRow(BmpHeader header, int y) => header.BottomUp ? header.Image.Height - 1 - y : y;

    private static byte[] Unpack(ReadOnlySpan<byte> data, BmpHeader header)
    {
        int width = header.Image.Width, bits = header.BitsPerPixel, perByte = 8 / bits, mask = (1 << bits) - 1;
        byte[] indices = new byte[width * header.Image.Height];
        for (int y = 0; y < header.Image.Height; y++)
        {
            ReadOnlySpan<byte> row = data.Slice(header.PixelsAt + StoredRow(header, y) * header.Stride, header.Stride);
            for (int x = 0; x < width; x++)
            {
                indices[y * width + x] = (byte)(row[x / perByte] >> (8 - bits - x % perByte * bits) & mask);
            }
        }

        return indices;
    }

    /// <summary>BI_RLE8 and BI_RLE4: (count, value) runs; count 0 escapes: 0 end of line, 1 end of picture, 2 move by (dx, dy), n literal values padded to two bytes.</summary>
    private static byte[] RunLengths(ReadOnlySpan<byte> data, BmpHeader header, string name)
    {
        var reader = new HeaderReader(data, name);
        int width = header.Image.Width, height = header.Image.Height;
        bool nibbles = header.Compression == 2;
        byte[] indices = new byte[width * height];
        int x = 0, line = 0;
        for (int at = header.PixelsAt; line < height;)
        {
            int count = reader[at], value = reader[at + 1];
            at += 2;
            if (count > 0)
            {
                for (int i = 0; i < count; i++)
                {
                    Put(nibbles ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
                }
            }
            else if (value == 0)
            {
                x = 0;
                line++;
            }
            else if (value == 1)
            {
                break;
            }
            else if (value == 2)
            {
                x += reader[at];
                line += reader[at + 1];
                at += 2;
            }
            else
            {
                int bytes = nibbles ? (value + 1) / 2 : value;
                reader.Require(at, bytes);
                for (int i = 0; i < value; i++)
                {
                    Put(nibbles ? (i % 2 == 0 ? reader[at + i / 2] >> 4 : reader[at + i / 2] & 15) : reader[at + i]);
                }

                at += bytes + bytes % 2;
            }
        }

        return indices;

        void Put(int index)
        {
            if (x < width && line < height)
            {
                indices[StoredRow(header, line) * width + x++] = (byte)index;
            }
        }
    }

    private static void LookUp(ReadOnlySpan<byte> data, BmpHeader header, byte[] indices, RgbImage image)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] < header.PaletteCount)
            {
                ReadOnlySpan<byte> bgr = data.Slice(header.PaletteAt + indices[i] * header.PaletteEntry, 3);
                (image.Pixels[i * 3], image.Pixels[i * 3 + 1], image.Pixels[i * 3 + 2]) = (bgr[2], bgr[1], bgr[0]);
            }
        }
    }

    private static void DirectColours(ReadOnlySpan<byte> data, BmpHeader header, RgbImage image)
    {
        int bytes = header.BitsPerPixel / 8;
        (uint red, uint green, uint blue) = Masks(data, header);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = data.Slice(header.PixelsAt + StoredRow(header, y) * header.Stride, header.Stride);
            Span<byte> target = image.Row(y);
            for (int x = 0; x < image.Width; x++)
            {
                ReadOnlySpan<byte> pixel = row.Slice(x * bytes, bytes);
                uint value = bytes switch
                {
                    2 => BinaryPrimitives.ReadUInt16LittleEndian(pixel),
                    3 => (uint)(pixel[0] | pixel[1] << 8 | pixel[2] << 16),
                    _ => BinaryPrimitives.ReadUInt32LittleEndian(pixel),
                };
                (target[x * 3], target[x * 3 + 1], target[x * 3 + 2]) = (Channel(value, red), Channel(value, green), Channel(value, blue));
            }
        }
    }

    private static (uint Red, uint Green, uint Blue) Masks(ReadOnlySpan<byte> data, BmpHeader header)
    {
        if (header.Compression is 3 or 6)
        {
            ReadOnlySpan<byte> masks = data[(14 + 40)..];
            return (BinaryPrimitives.ReadUInt32LittleEndian(masks), BinaryPrimitives.ReadUInt32LittleEndian(masks[4..]), BinaryPrimitives.ReadUInt32LittleEndian(masks[8..]));
        }

        return header.BitsPerPixel == 16 ? (0x7C00u, 0x03E0u, 0x001Fu) : (0xFF0000u, 0x00FF00u, 0x0000FFu);
    }

    /// <summary>The bits under the mask, stretched from 0..most to 0..255.</summary>
    private static byte Channel(uint value, uint mask)
    {
        if (mask == 0)
        {
            return 0;
        }

        int shift = BitOperations.TrailingZeroCount(mask);
        ulong most = mask >> shift;
        return (byte)(((ulong)((value & mask) >> shift) * 255 + most / 2) / most);
    }
}
