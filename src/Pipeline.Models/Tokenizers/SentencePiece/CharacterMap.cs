using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>
/// A sentencepiece character map: a double-array trie over UTF-8 whose values point at NUL-terminated replacements. At each place the longest entry
/// wins; where none begins, one character is kept.
/// </summary>
internal sealed class CharacterMap
{
    /// <summary>Longest replacement of one place, in bytes; NFKC needs 33. Without a limit a small text could become gigabytes.</summary>
    private const int LongestReplacement = 256;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <summary>Takes the compiled bytes of a model file; empty means that nothing is replaced.</summary>
    /// <exception cref="ModelFormatException">The sizes do not fit.</exception>
    public CharacterMap(byte[] compiled, string path)
    {
        if (compiled.Length == 0)
        {
            (_units, _replacements) = ([], []);
            return;
        }

        long trieBytes = compiled.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(compiled) : -1;
        if (trieBytes < 4 || trieBytes % 4 != 0 || trieBytes > compiled.Length - 4)
        {
            throw new ModelFormatException($"{path}: character map of {compiled.Length} bytes claims a trie of {trieBytes}");
        }

        _units = MemoryMarshal.Cast<byte, uint>(compiled.AsSpan(4, (int)trieBytes)).ToArray();
        _replacements = compiled[(4 + (int)trieBytes)..];
        int start = 0;
        for (int i = 0; i <= _replacements.Length; i++)
        {
            if (i == _replacements.Length || _replacements[i] == 0)
            {
                start = i - start <= LongestReplacement ? i + 1 : throw new ModelFormatException($"{path}: character map with a replacement of {i - start} bytes");
            }
        }
    }

    /// <summary>
    /// The replacement of what begins at a place, and how many bytes it covers. <paramref name="text"/> is not empty and valid UTF-8.
    /// </summary>
    public ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int consumed)
    {
        consumed = 0;
        int value = -1;
        if (_units.Length > 0)
        {
            uint node = Offset(_units[0]);
            for (int i = 0; i < text.Length; i++)
            {
                node ^= text[i];
                if (node >= _units.Length || (_units[node] & 0x800000FF) != text[i])
                {
                    break;
                }

                uint unit = _units[node];
                node ^= Offset(unit);
                if ((unit & 0x100) != 0 && node < _units.Length)
                {
                    value = (int)(_units[node] & 0x7FFFFFFF);
                    consumed = i + 1;
                }
            }
        }

        if (value < 0 || value >= _replacements.Length)
        {
            Rune.DecodeFromUtf8(text, out _, out consumed);
            return text[..consumed];
        }

        ReadOnlySpan<byte> replacement = _replacements.AsSpan(value);
        int end = replacement.IndexOf((byte)0);
        return end < 0 ? replacement : replacement[..end];
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
