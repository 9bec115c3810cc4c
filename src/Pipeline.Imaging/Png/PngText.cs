using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pipeline.Imaging.Png;

/// <summary>Text chunks of a PNG: iTXt (UTF-8) is written; iTXt, tEXt and zTXt (Latin-1) are read.</summary>
public static class PngText
{
    private const int HeaderEnd = 8 + 12 + 13, MostTextBytes = 16 << 20;

    /// <summary>The file with one iTXt chunk a pair, after the header chunk, in ordinal order of the keywords.</summary>
    /// <exception cref="ArgumentException">A keyword is not 1..79 printable Latin-1 characters.</exception>
    public static byte[] Insert(ReadOnlySpan<byte> png, IReadOnlyDictionary<string, string> text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var file = new List<byte>(png.Length + 1024);
        file.AddRange(png[..HeaderEnd]);
        foreach ((string keyword, string value) in text.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (keyword.Length is 0 or > 79 || keyword.Any(c => c is < ' ' or (> '~' and < '\u00A1') or > '\u00FF'))
            {
                throw new ArgumentException($"'{keyword}' is no PNG keyword: 1 to 79 printable Latin-1 characters", nameof(text));
            }

            // keyword, 0, not compressed, method 0, no language tag, no translated keyword, text
            file.AddRange(Chunk("iTXt"u8, [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(value)]));
        }

        file.AddRange(png[HeaderEnd..]);
        return [.. file];
    }

    /// <summary>The text chunks of a PNG, the first of equal keywords; empty for any other content. Damaged or oversized (over 16 MiB) chunks are left out.</summary>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> png)
    {
        var text = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Headers.Signature.Recognise(png) != ImageFormat.Png)
        {
            return text;
        }

        for (long at = 8; at + 12 <= png.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[(int)at..]);
            if (at + 12 + length > png.Length)
            {
                break;
            }

            ReadOnlySpan<byte> type = png.Slice((int)at + 4, 4), data = png.Slice((int)at + 8, (int)length);
            if (length <= MostTextBytes && Parse(type, data) is { } pair)
            {
                text.TryAdd(pair.Keyword, pair.Text);
            }

            at += 12 + length;
        }

        return text;
    }

    private static (string Keyword, string Text)? Parse(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        int end = data.IndexOf((byte)0);
        if (end is < 1 or > 79)
        {
            return null;
        }

        string keyword = Encoding.Latin1.GetString(data[..end]);
        ReadOnlySpan<byte> rest = data[(end + 1)..];
        if (type.SequenceEqual("tEXt"u8))
        {
            return (keyword, Encoding.Latin1.GetString(rest));
        }

        if (type.SequenceEqual("zTXt"u8) && rest.Length > 1)
        {
            return Inflate(rest[1..]) is { } bytes ? (keyword, Encoding.Latin1.GetString(bytes)) : null;
        }

        if (!type.SequenceEqual("iTXt"u8) || rest.Length < 4)
        {
            return null;
        }

        bool compressed = rest[0] == 1;
        int language = rest[2..].IndexOf((byte)0);
        int translated = language < 0 ? -1 : rest[(2 + language + 1)..].IndexOf((byte)0);
        if (translated < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> value = rest[(2 + language + 1 + translated + 1)..];
        byte[]? utf8 = compressed ? Inflate(value) : value.ToArray();
        return utf8 is null ? null : (keyword, Encoding.UTF8.GetString(utf8));
    }

    private static byte[]? Inflate(ReadOnlySpan<byte> data)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
            using var inflated = new MemoryStream();
            byte[] buffer = new byte[16384];
            for (int read; (read = zlib.Read(buffer)) > 0;)
            {
                inflated.Write(buffer, 0, read);
                if (inflated.Length > MostTextBytes)
                {
                    return null;
                }
            }

            return inflated.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.Compute(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }
}
