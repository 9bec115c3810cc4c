namespace Pipeline.Imaging.Headers;

/// <summary>WebP (RFC 9649): a RIFF file whose first chunk is a lossy key frame (VP8), a lossless stream (VP8L) or the extended header (VP8X).</summary>
internal static class WebPHeader
{
    internal static ImageHeader Read(HeaderReader reader, DecodeLimits limits)
    {
        (int width, int height) = Size(reader);
        limits.CheckSize(width, height, reader.Name);
        reader.Require(8, reader.UInt32Little(4));
        return new ImageHeader(ImageFormat.WebP, width, height);
    }

    private static (int Width, int Height) Size(HeaderReader reader)
    {
        ReadOnlySpan<byte> chunk = reader.Slice(12, 4);
        if (chunk.SequenceEqual("VP8X"u8))
        {
            return (1 + UInt24(reader, 24), 1 + UInt24(reader, 27));
        }

        if (chunk.SequenceEqual("VP8L"u8) && reader[20] == 0x2F)
        {
            uint bits = reader.UInt32Little(21);
            return (1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
        }

        if (chunk.SequenceEqual("VP8 "u8) && reader.Slice(23, 3).SequenceEqual((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
        {
            return (reader.UInt16Little(26) & 0x3FFF, reader.UInt16Little(28) & 0x3FFF);
        }

        throw ImageFormatException.Unreadable(reader.Name, "the WebP has no frame header");
    }

    private static int UInt24(HeaderReader reader, int offset) => reader[offset] | reader[offset + 1] << 8 | reader[offset + 2] << 16;
}
