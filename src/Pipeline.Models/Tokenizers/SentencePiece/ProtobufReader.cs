using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>Reads the fields of a protocol buffer message, as far as model files need it. Every length is checked.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> data, string path)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;

    /// <summary>Number of the field that was read last.</summary>
    public int Field { get; private set; }

    private int WireType { get; set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_position == _data.Length)
        {
            return false;
        }

        ulong tag = Varint();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        WireType = (int)(tag & 7);
        return Field > 0 ? true : throw Damaged("a field number of 0");
    }

    /// <summary>The value of an integer, enumeration or boolean field.</summary>
    public long Integer() => WireType == 0 ? (long)Varint() : throw Damaged("not an integer");

    /// <summary>The value of a float field.</summary>
    public float Single() => WireType == 5 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw Damaged("not a float");

    /// <summary>The bytes of a text, byte or message field.</summary>
    public ReadOnlySpan<byte> Bytes() => WireType == 2 ? Take(Varint()) : throw Damaged("not a text or message");

    /// <summary>The value of a text field.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>Steps over the field.</summary>
    public void Skip()
    {
        switch (WireType)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Take(Varint());
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Damaged($"wire type {WireType}");
        }
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_data.Length - _position))
        {
            throw Damaged("a length beyond the end");
        }

        ReadOnlySpan<byte> bytes = _data.Slice(_position, (int)count);
        _position += (int)count;
        return bytes;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damaged("an endless number");
    }

    private readonly ModelFormatException Damaged(string what) => new($"{path}: not a sentencepiece model: field {Field} at byte {_position} has {what}");
}
