namespace Pipeline.Imaging.Headers;

/// <summary>TIFF 6.0 and BigTIFF: the first image file directory, its size tags, and that every strip or tile of it lies in the file.</summary>
internal static class TiffHeader
{
    private const int Width = 256, Height = 257, StripOffsets = 273, StripByteCounts = 279, TileOffsets = 324, TileByteCounts = 325;

    internal static ImageHeader Read(HeaderReader reader, DecodeLimits limits)
    {
        bool little = reader[0] == (byte)'I', big = reader[little ? 2 : 3] == 43;
        long directory = big ? Offset(reader.UInt64(8, little)) : UInt32(reader, 4, little);
        long entries = big ? Offset(reader.UInt64(directory, little)) : UInt16(reader, directory, little);
        int entrySize = big ? 20 : 12;
        long first = directory + (big ? 8 : 2);
        reader.Require(first, Math.Min(entries, int.MaxValue) * entrySize);

        var fields = new Dictionary<int, Field>();
        for (long entry = first; entry < first + entries * entrySize; entry += entrySize)
        {
            long count = big ? Offset(reader.UInt64(entry + 4, little)) : UInt32(reader, entry + 4, little);
            fields.TryAdd(UInt16(reader, entry, little), Field.Read(reader, entry, UInt16(reader, entry + 2, little), count, little, big));
        }

        if (!fields.TryGetValue(Width, out Field width) || !fields.TryGetValue(Height, out Field height))
        {
            throw ImageFormatException.Unreadable(reader.Name, "the TIFF does not give its size");
        }

        limits.CheckSize(width.Value(reader, 0), height.Value(reader, 0), reader.Name);
        CheckExtents(reader, fields, StripOffsets, StripByteCounts);
        CheckExtents(reader, fields, TileOffsets, TileByteCounts);
        return new ImageHeader(ImageFormat.Tiff, (int)width.Value(reader, 0), (int)height.Value(reader, 0));
    }

    private static void CheckExtents(HeaderReader reader, Dictionary<int, Field> fields, int offsets, int counts)
    {
        if (!fields.TryGetValue(offsets, out Field offset) || !fields.TryGetValue(counts, out Field bytes))
        {
            return;
        }

        for (long i = 0; i < Math.Min(offset.Count, bytes.Count); i++)
        {
            reader.Require(offset.Value(reader, i), bytes.Value(reader, i));
        }
    }

    private static long Offset(ulong value) => (long)Math.Min(value, int.MaxValue);

    private static int UInt16(HeaderReader reader, long at, bool little) => little ? reader.UInt16Little(at) : reader.UInt16Big(at);

    private static uint UInt32(HeaderReader reader, long at, bool little) => little ? reader.UInt32Little(at) : reader.UInt32Big(at);

    /// <summary>A directory entry: where its values lie (in the entry itself if they fit) and how wide one is.</summary>
    private readonly record struct Field(long At, long Count, int Size, bool Little)
    {
        internal static Field Read(HeaderReader reader, long entry, int type, long count, bool little, bool big)
        {
            // 3 SHORT, 8 SSHORT, 4 LONG, 9 SLONG, 11 FLOAT, 13 IFD, 5 and 10 fractions, 12 DOUBLE, 16 to 18 the 64-bit ones; the rest are bytes.
            int size = type switch { 3 or 8 => 2, 4 or 9 or 11 or 13 => 4, 5 or 10 or 12 or 16 or 17 or 18 => 8, _ => 1 };
            long inline = entry + (big ? 12 : 8);
            long at = count * size <= (big ? 8 : 4) ? inline : big ? Offset(reader.UInt64(inline, little)) : UInt32(reader, inline, little);
            reader.Require(at, count * size);
            return new Field(at, count, size, little);
        }

        internal long Value(HeaderReader reader, long index) => Size switch
        {
            2 => UInt16(reader, At + index * 2, Little),
            4 => UInt32(reader, At + index * 4, Little),
            8 => Offset(reader.UInt64(At + index * 8, Little)),
            _ => reader[At + index],
        };
    }
}
