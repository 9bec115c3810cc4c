using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Pipeline.Imaging.Png;

namespace Pipeline.Imaging.Tests;

/// <summary>Writes PNG files of any colour type and depth, right or wrong, independently of the codec under test.</summary>
internal static class PngWriter
{
    internal static byte[] Write(int width, int height, int depth, int colourType, byte[] rows, params (string Type, byte[] Data)[] extra)
    {
        int stride = rows.Length / height;
        byte[] filtered = [.. Enumerable.Range(0, height).SelectMany(y => rows.AsSpan(y * stride, stride).ToArray().Prepend((byte)0))];
        return File(width, height, depth, colourType, Deflate(filtered), extra);
    }

    internal static byte[] File(int width, int height, int depth, int colourType, byte[] compressed, params (string Type, byte[] Data)[] extra)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)depth, (byte)colourType);
        return
        [
            0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR", header), .. extra.SelectMany(e => Chunk(e.Type, e.Data)),
            .. Chunk("IDAT", compressed), .. Chunk("IEND", []),
        ];
    }

    internal static byte[] Deflate(byte[] data)
    {
        var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(data);
        }

        return stream.ToArray();
    }

    internal static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data], frame = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(frame, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), Crc32.Compute(body));
        return [.. frame[..4], .. body, .. frame[4..]];
    }
}
