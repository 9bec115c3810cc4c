using System.Text;

namespace Pipeline.Stages.Exporting;

/// <summary>
/// The bytes of a file in a tar archive (POSIX.1-1988, "ustar"). Owner, group and time are always the same, so that the same samples give the same archive.
/// </summary>
internal static class TarEntry
{
    private const int Block = 512;
    private const int MaxName = 100;

    /// <summary>Two empty blocks end an archive.</summary>
    public static ReadOnlyMemory<byte> End { get; } = new byte[2 * Block];

    /// <summary>Header, content and padding.</summary>
    public static byte[] Of(string name, ReadOnlySpan<byte> content)
    {
        if (name.Length is 0 or > MaxName || !Ascii.IsValid(name))
        {
            throw new ArgumentException($"'{name}' cannot be the name of a file in a shard", nameof(name));
        }

        byte[] entry = new byte[Block + ((content.Length + Block - 1) / Block * Block)];
        Span<byte> header = entry.AsSpan(0, Block);
        Encoding.ASCII.GetBytes(name, header);
        Octal(header[100..108], 0b110_100_100); // rw-r--r--
        Octal(header[108..116], 0);
        Octal(header[116..124], 0);
        Octal(header[124..136], content.Length);
        Octal(header[136..148], 0);
        header[148..156].Fill((byte)' ');
        header[156] = (byte)'0';
        "ustar\000"u8.CopyTo(header[257..]);
        Octal(header[329..337], 0);
        Octal(header[337..345], 0);
        int sum = 0;
        foreach (byte b in header)
        {
            sum += b;
        }

        Octal(header[148..155], sum);
        content.CopyTo(entry.AsSpan(Block));
        return entry;
    }

    private static void Octal(Span<byte> field, long value)
    {
        string digits = Convert.ToString(value, 8).PadLeft(field.Length - 1, '0');
        Encoding.ASCII.GetBytes(digits, field);
        field[^1] = 0;
    }
}
