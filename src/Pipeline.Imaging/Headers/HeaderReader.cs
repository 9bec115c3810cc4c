using System.Buffers.Binary;

namespace Pipeline.Imaging.Headers;

/// <summary>Bounds-checked reads in an untrusted file; a read past the end is a truncated file.</summary>
internal readonly ref struct HeaderReader(ReadOnlySpan<byte> data, string name)
{
    private readonly ReadOnlySpan<byte> _data = data;

    public string Name { get; } = name;

    public int Length => _data.Length;

    public byte this[long offset] => Slice(offset, 1)[0];

    public ReadOnlySpan<byte> Slice(long offset, long count)
    {
        Require(offset, count);
        return _data.Slice((int)offset, (int)count);
    }

    public void Require(long offset, long count)
    {
        if (offset < 0 || count < 0 || offset > _data.Length - count)
        {
            throw ImageFormatException.Truncated(Name, $"{_data.Length:N0} bytes where at least {offset + count:N0} are needed");
        }
    }

    public int IndexOf(byte value, int from) => from >= _data.Length ? -1 : _data[from..].IndexOf(value) is var at and >= 0 ? at + from : -1;

    public int UInt16Little(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(offset, 2));

    public int UInt16Big(long offset) => BinaryPrimitives.ReadUInt16BigEndian(Slice(offset, 2));

    public int Int32Little(long offset) => BinaryPrimitives.ReadInt32LittleEndian(Slice(offset, 4));

    public uint UInt32Little(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(offset, 4));

    public uint UInt32Big(long offset) => BinaryPrimitives.ReadUInt32BigEndian(Slice(offset, 4));

    public ulong UInt64(long offset, bool little) =>
        little ? BinaryPrimitives.ReadUInt64LittleEndian(Slice(offset, 8)) : BinaryPrimitives.ReadUInt64BigEndian(Slice(offset, 8));
}
