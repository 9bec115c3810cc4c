namespace Pipeline.Imaging.Headers;

/// <summary>Recognises formats by their first bytes.</summary>
internal static class Signature
{
    /// <summary>The format whose signature the data has, or null. A file that ends within a signature is not recognised.</summary>
    internal static ImageFormat? Recognise(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            return ImageFormat.Png;
        }

        if (data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return ImageFormat.Jpeg;
        }

        if (data.StartsWith("RIFF"u8) && data.Length >= 12 && data[8..].StartsWith("WEBP"u8))
        {
            return ImageFormat.WebP;
        }

        if (data.StartsWith("GIF87a"u8) || data.StartsWith("GIF89a"u8))
        {
            return ImageFormat.Gif;
        }

        if (data.StartsWith("II*\0"u8) || data.StartsWith("MM\0*"u8) || data.StartsWith("II+\0"u8) || data.StartsWith("MM\0+"u8))
        {
            return ImageFormat.Tiff;
        }

        // "BM" alone is two letters of text: the size of the information header must be one of the known ones as well.
        bool bitmap = data.StartsWith("BM"u8) && data.Length >= 18 && data[15] == 0 && data[16] == 0 && data[17] == 0
            && data[14] is 12 or 16 or 40 or 52 or 56 or 64 or 108 or 124;
        return bitmap ? ImageFormat.Bmp : null;
    }

    /// <summary>The name of a known picture or document format that is not read here, or null.</summary>
    internal static string? Foreign(ReadOnlySpan<byte> data)
    {
        if (data.Length >= 12 && data[4..].StartsWith("ftyp"u8))
        {
            ReadOnlySpan<byte> brand = data.Slice(8, 4);
            return brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) ? "AVIF" : "HEIF or a video";
        }

        (byte[] Start, string Name)[] known =
        [
            ([.. "8BPS"u8], "Photoshop"), ([.. "%PDF-"u8], "PDF"), ([.. "<svg"u8], "SVG"), ([.. "<?xml"u8], "XML or SVG"), ([0xFF, 0x0A], "JPEG XL"),
            ([0, 0, 0, 12, .. "JXL "u8], "JPEG XL"), ([0, 0, 0, 12, .. "jP  "u8], "JPEG 2000"), ([0xFF, 0x4F, 0xFF, 0x51], "JPEG 2000"),
            ([0, 0, 1, 0], "Windows icon"), ([.. "#?RADIANCE"u8], "Radiance HDR"), ([0x76, 0x2F, 0x31, 0x01], "OpenEXR"), ([.. "gimp xcf"u8], "GIMP"),
            ([.. "P5\n"u8], "PGM"), ([.. "P6\n"u8], "PPM"),
        ];
        foreach ((byte[] start, string name) in known)
        {
            if (data.StartsWith(start))
            {
                return name;
            }
        }

        return null;
    }
}
