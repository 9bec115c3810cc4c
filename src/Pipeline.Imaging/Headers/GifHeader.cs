namespace Pipeline.Imaging.Headers;

/// <summary>GIF 89a: screen descriptor, then blocks. Only the first frame counts: later frames are neither read nor checked.</summary>
internal static class GifHeader
{
    internal static ImageHeader Read(HeaderReader reader, DecodeLimits limits)
    {
        int width = reader.UInt16Little(6), height = reader.UInt16Little(8);
        limits.CheckSize(width, height, reader.Name);
        FirstFrameEnd(reader, limits);
        return new ImageHeader(ImageFormat.Gif, width, height);
    }

    /// <summary>The file up to and with its first frame, closed by a trailer: what a decoder has to see.</summary>
    internal static byte[] FirstFrame(ReadOnlySpan<byte> data, DecodeLimits limits, string name) =>
        [.. data[..FirstFrameEnd(new HeaderReader(data, name), limits)], 0x3B];

    private static int FirstFrameEnd(HeaderReader reader, DecodeLimits limits)
    {
        int at = 13 + ColourTable(reader[10]);
        while (true)
        {
            switch (reader[at])
            {
                case 0x21:
                    at = SkipSubBlocks(reader, at + 2);
                    break;
                case 0x2C:
                    // A frame may reach beyond the screen, and some decoders enlarge the screen to it.
                    limits.CheckSize(
                        reader.UInt16Little(at + 1) + reader.UInt16Little(at + 5), reader.UInt16Little(at + 3) + reader.UInt16Little(at + 7), reader.Name);
                    return SkipSubBlocks(reader, at + 10 + ColourTable(reader[at + 9]) + 1);
                case 0x3B:
                    throw ImageFormatException.Unreadable(reader.Name, "the GIF has no frame");
                default:
                    throw ImageFormatException.Unreadable(reader.Name, $"there is no GIF block at byte {at:N0}");
            }
        }
    }

    private static int ColourTable(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static int SkipSubBlocks(HeaderReader reader, int at)
    {
        while (reader[at] != 0)
        {
            at += 1 + reader[at];
        }

        return at + 1;
    }
}
