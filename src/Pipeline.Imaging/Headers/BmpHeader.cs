namespace Pipeline.Imaging.Headers;

/// <summary>
/// The headers of a bitmap: BITMAPCOREHEADER (12 bytes), the OS/2 2.x headers (16, 64) and BITMAPINFOHEADER with its successors (40, 52, 56, 108, 124).
/// </summary>
/// <param name="Image">Format and size.</param>
/// <param name="BottomUp">The first stored row is the lowest one.</param>
/// <param name="BitsPerPixel">1, 4, 8, 16, 24 or 32.</param>
/// <param name="Compression">0 none, 1 run lengths of bytes, 2 run lengths of nibbles, 3 bit fields, 6 bit fields with alpha.</param>
/// <param name="PaletteAt">Offset of the first palette entry.</param>
/// <param name="PaletteEntry">Bytes of one entry, 3 or 4; blue comes first.</param>
/// <param name="PaletteCount">Entries.</param>
/// <param name="PixelsAt">Offset of the first stored row.</param>
/// <param name="HeaderSize">Bytes of the information header.</param>
internal sealed record BmpHeader(
    ImageHeader Image, bool BottomUp, int BitsPerPixel, int Compression, int PaletteAt, int PaletteEntry, int PaletteCount, int PixelsAt, int HeaderSize)
{
    /// <summary>Bytes of one uncompressed row: rows are padded to four bytes.</summary>
    internal int Stride => checked((int)(((long)Image.Width * BitsPerPixel + 31) / 32 * 4));

    internal static BmpHeader Read(HeaderReader reader, DecodeLimits limits)
    {
        int size = reader.Int32Little(14);
        bool core = size == 12;
        int width = core ? reader.UInt16Little(18) : reader.Int32Little(18);
        int storedHeight = core ? reader.UInt16Little(20) : reader.Int32Little(22);
        long height = Math.Abs((long)storedHeight);
        limits.CheckSize(width, height, reader.Name);
        int bits = reader.UInt16Little(core ? 24 : 28);
        int compression = size >= 40 ? reader.Int32Little(30) : 0;
        bool readable = (bits, compression) is (1 or 4 or 8 or 16 or 24 or 32, 0) or (8, 1) or (4, 2) or (16 or 32, 3) or (32, 6);
        if (!readable)
        {
            throw ImageFormatException.Of(ImageErrorKind.Unsupported, reader.Name, $"a bitmap of {bits} bits with compression {compression}", "convert the file to PNG");
        }

        // A 40-byte header is followed by its bit masks; longer headers contain them.
        int masks = size == 40 && compression is 3 or 6 ? (compression == 6 ? 16 : 12) : 0;
        long stated = size >= 40 ? reader.UInt32Little(46) : 0;
        int most = bits <= 8 ? 1 << bits : 0;
        int pixelsAt = reader.Int32Little(10);
        int paletteAt = 14 + size + masks, entry = core ? 3 : 4;
        int count = stated is > 0 && stated < most ? (int)stated : most;
        if (core && pixelsAt > paletteAt)
        {
            count = Math.Min(count, (pixelsAt - paletteAt) / entry);
        }

        reader.Require(paletteAt, (long)count * entry);
        var header = new BmpHeader(
            new ImageHeader(ImageFormat.Bmp, width, (int)height), storedHeight > 0, bits, compression, paletteAt, entry, count, pixelsAt, size);
        reader.Require(pixelsAt, compression is 1 or 2 ? 1 : header.Stride * height);
        return header;
    }
}
