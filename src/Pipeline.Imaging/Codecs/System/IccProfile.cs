using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Imaging.Codecs;

/// <summary>The two facts about an embedded ICC profile (ICC.1, 7.2 and 9.2.41) that decide whether it has to be applied.</summary>
/// <param name="ColourSpace">The four letters of the device colour space: "RGB ", "CMYK", "GRAY", ...</param>
/// <param name="Description">The profile description, or empty.</param>
internal sealed record IccProfile(string ColourSpace, string Description)
{
    private const int HeaderSize = 128, MostTags = 200;

    /// <summary>A profile that only says "this is sRGB": applying it would cost rounding errors for nothing. "c2" is the compact sRGB profile of web encoders.</summary>
    internal bool IsSrgb => ColourSpace == "RGB " && (Description.Contains("sRGB", StringComparison.OrdinalIgnoreCase) || Description is "c2" or "c2ci");

    /// <summary>Bands of the pictures that the profile describes.</summary>
    internal int Bands => ColourSpace switch { "GRAY" => 1, "RGB " => 3, "CMYK" => 4, _ => 0 };

    /// <summary>Null for a damaged profile.</summary>
    internal static IccProfile? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderSize + 4 || !data[36..].StartsWith("acsp"u8))
        {
            return null;
        }

        uint tags = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data[HeaderSize..]), MostTags);
        string description = string.Empty;
        for (int at = HeaderSize + 4; at + 12 <= data.Length && tags > 0; at += 12, tags--)
        {
            uint offset = BinaryPrimitives.ReadUInt32BigEndian(data[(at + 4)..]), size = BinaryPrimitives.ReadUInt32BigEndian(data[(at + 8)..]);
            if (data[at..].StartsWith("desc"u8) && (ulong)offset + size <= (ulong)data.Length)
            {
                description = Text(data.Slice((int)offset, (int)size));
            }
        }

        return new IccProfile(Encoding.Latin1.GetString(data.Slice(16, 4)), description);
    }

    /// <summary>A "desc" (version 2: length, ASCII) or "mluc" (version 4: records of language, length, offset to UTF-16) element.</summary>
    private static string Text(ReadOnlySpan<byte> tag)
    {
        if (tag.StartsWith("desc"u8) && tag.Length >= 12)
        {
            long length = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(tag[8..]), tag.Length - 12);
            return Encoding.Latin1.GetString(tag.Slice(12, (int)length)).TrimEnd('\0');
        }

        if (tag.StartsWith("mluc"u8) && tag.Length >= 28)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(tag[20..]), offset = BinaryPrimitives.ReadUInt32BigEndian(tag[24..]);
            if ((ulong)offset + length <= (ulong)tag.Length)
            {
                return Encoding.BigEndianUnicode.GetString(tag.Slice((int)offset, (int)length)).TrimEnd('\0');
            }
        }

        return string.Empty;
    }
}
