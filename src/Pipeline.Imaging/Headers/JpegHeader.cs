namespace Pipeline.Imaging.Headers;

/// <summary>JPEG (ITU-T T.81 annex B): marker segments, the frame header with the size, scans, the end-of-image marker.</summary>
internal static class JpegHeader
{
    internal static ImageHeader Read(HeaderReader reader, DecodeLimits limits)
    {
        ImageHeader? header = null;
        int scans = 0;
        for (int at = 2; ;)
        {
            (byte marker, at) = NextMarker(reader, at);
            if (marker == 0xD9)
            {
                return header is not null && scans > 0 ? header : throw ImageFormatException.Unreadable(reader.Name, "the JPEG ends without a picture");
            }

            if (marker is 0x01 or 0xD8 or (>= 0xD0 and <= 0xD7))
            {
                continue;
            }

            int length = reader.UInt16Big(at);
            reader.Require(at, Math.Max(length, 2));
            if (IsFrame(marker) && header is null)
            {
                int height = reader.UInt16Big(at + 3), width = reader.UInt16Big(at + 5);
                if (height == 0)
                {
                    throw ImageFormatException.Of(ImageErrorKind.Unsupported, reader.Name, "the JPEG gives its height only after the pixels (DNL)", "write it again with another program");
                }

                limits.CheckSize(width, height, reader.Name);
                header = new ImageHeader(ImageFormat.Jpeg, width, height);
            }

            if (marker == 0xDA && ++scans > limits.MaxJpegScans)
            {
                throw ImageFormatException.Of(ImageErrorKind.TooLarge, reader.Name, $"the JPEG has more than {limits.MaxJpegScans} scans", "write it again as a baseline JPEG");
            }

            at += Math.Max(length, 2);
        }
    }

    // SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC).
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>
    /// The next marker at or after <paramref name="from"/>, and the offset behind it. Within a scan FF 00 is a data byte and FF D0..D7 a restart, and FF FF is padding;
    /// decoders skip stray bytes between segments, so they are skipped here as well.
    /// </summary>
    private static (byte Marker, int Next) NextMarker(HeaderReader reader, int from)
    {
        for (int at = from; ;)
        {
            at = reader.IndexOf(0xFF, at);
            if (at < 0 || at + 1 >= reader.Length)
            {
                throw ImageFormatException.Truncated(reader.Name, "the JPEG has no end-of-image marker");
            }

            byte marker = reader[at + 1];
            if (marker is not (0x00 or 0xFF))
            {
                return (marker, at + 2);
            }

            at += marker == 0xFF ? 1 : 2;
        }
    }
}
