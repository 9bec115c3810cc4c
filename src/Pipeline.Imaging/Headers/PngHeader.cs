namespace Pipeline.Imaging.Headers;

/// <summary>PNG (W3C, third edition): signature, then chunks of length, type, data, check sum up to IEND.</summary>
internal static class PngHeader
{
    internal static ImageHeader Read(HeaderReader reader, DecodeLimits limits)
    {
        if (reader.UInt32Big(8) != 13 || !reader.Slice(12, 4).SequenceEqual("IHDR"u8))
        {
            throw ImageFormatException.Unreadable(reader.Name, "the PNG does not begin with its header chunk");
        }

        uint width = reader.UInt32Big(16), height = reader.UInt32Big(20);
        limits.CheckSize(width, height, reader.Name);
        bool pixels = false;
        for (long at = 8; ;)
        {
            uint length = reader.UInt32Big(at);
            ReadOnlySpan<byte> type = reader.Slice(at + 4, 4);
            pixels |= type.SequenceEqual("IDAT"u8);
            if (length > int.MaxValue || !IsLetters(type))
            {
                throw ImageFormatException.Unreadable(reader.Name, $"there is no PNG chunk at byte {at:N0}");
            }

            reader.Require(at, 12L + length);
            if (type.SequenceEqual("IEND"u8))
            {
                return pixels ? new ImageHeader(ImageFormat.Png, (int)width, (int)height) : throw ImageFormatException.Unreadable(reader.Name, "the PNG has no pixel data");
            }

            at += 12L + length;
        }
    }

    private static bool IsLetters(ReadOnlySpan<byte> type)
    {
        foreach (byte b in type)
        {
            if (!char.IsAsciiLetter((char)b))
            {
                return false;
            }
        }

        return true;
    }
}
