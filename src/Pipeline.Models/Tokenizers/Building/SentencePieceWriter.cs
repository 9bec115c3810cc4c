using System.Buffers.Binary;
using System.Text;
using Pipeline.Models.Tokenizers.SentencePiece;

namespace Pipeline.Models.Tokenizers.Building;

/// <summary>Writes sentencepiece's <c>ModelProto</c> in protocol buffers' wire format.</summary>
internal static class SentencePieceWriter
{
    private const int Varint = 0;
    private const int Delimited = 2;
    private const int Fixed32 = 5;
    private const int BytePairModel = 2;

    /// <summary>A BPE model with byte fallback, no normalisation, a space before every text.</summary>
    public static byte[] BytePair(IReadOnlyList<Piece> pieces)
    {
        using MemoryStream file = new();
        foreach (Piece piece in pieces)
        {
            Message(file, 1, part =>
            {
                Bytes(part, 1, Encoding.UTF8.GetBytes(piece.Text));
                Number(part, 2, piece.Score);
                Integer(part, 3, (ulong)piece.Kind);
            });
        }

        Message(file, 2, trainer =>
        {
            Integer(trainer, 3, BytePairModel);
            Integer(trainer, 4, (ulong)pieces.Count);
            Integer(trainer, 35, 1);    // byte_fallback
            Integer(trainer, 40, 0);    // unk_id
            Integer(trainer, 41, 1);    // bos_id
            Integer(trainer, 42, 2);    // eos_id
        });
        Message(file, 3, normalizer =>
        {
            Bytes(normalizer, 1, "identity"u8);
            Integer(normalizer, 3, 1);  // add_dummy_prefix
            Integer(normalizer, 4, 0);  // remove_extra_whitespaces
            Integer(normalizer, 5, 1);  // escape_whitespaces
        });
        return file.ToArray();
    }

    private static void Message(Stream stream, int field, Action<Stream> write)
    {
        using MemoryStream inner = new();
        write(inner);
        Bytes(stream, field, inner.ToArray());
    }

    private static void Bytes(Stream stream, int field, ReadOnlySpan<byte> bytes)
    {
        Raw(stream, ((ulong)field << 3) | Delimited);
        Raw(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Number(Stream stream, int field, float value)
    {
        Raw(stream, ((ulong)field << 3) | Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Integer(Stream stream, int field, ulong value)
    {
        Raw(stream, ((ulong)field << 3) | Varint);
        Raw(stream, value);
    }

    private static void Raw(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
