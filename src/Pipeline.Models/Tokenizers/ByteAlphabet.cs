using System.Buffers;
using System.Text;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// The 256 printable stand-ins for bytes of byte-level BPE (Radford et al. 2019, the GPT-2 release): printable Latin-1 stands for itself, the other
/// bytes in order for U+0100, U+0101 and so on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_symbols = Build();
    private static readonly Dictionary<char, byte> s_bytes = s_symbols.Select((c, b) => (c, b)).ToDictionary(p => p.c, p => (byte)p.b);

    /// <summary>The symbol of a byte.</summary>
    public static char Symbol(byte value) => s_symbols[value];

    /// <summary>The text's UTF-8 bytes as symbols.</summary>
    public static string Encode(ReadOnlySpan<char> text)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            int count = Encoding.UTF8.GetBytes(text, buffer);
            return string.Create(count, buffer, static (symbols, bytes) =>
            {
                for (int i = 0; i < symbols.Length; i++)
                {
                    symbols[i] = s_symbols[bytes[i]];
                }
            });
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Symbols back to text; broken UTF-8 gives U+FFFD, a character that is no symbol stands for itself.</summary>
    public static string Decode(string symbols)
    {
        ArrayBufferWriter<byte> bytes = new(Math.Max(1, symbols.Length));
        foreach (Rune rune in symbols.EnumerateRunes())
        {
            if (rune.IsBmp && s_bytes.TryGetValue((char)rune.Value, out byte value))
            {
                bytes.GetSpan(1)[0] = value;
                bytes.Advance(1);
            }
            else
            {
                bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static char[] Build()
    {
        char[] symbols = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            symbols[b] = (char)(printable ? b : next++);
        }

        return symbols;
    }
}
