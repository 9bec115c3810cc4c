using System.Buffers.Binary;

namespace Pipeline.TestS3.Bodies;

/// <summary>CRC-32 of IEEE 802.3, reflected, byte by byte.</summary>
internal sealed class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i => Entry((uint)i))];
    private uint state = uint.MaxValue;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            state = Table[(byte)(state ^ b)] ^ (state >> 8);
        }
    }

    public byte[] Value()
    {
        byte[] value = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(value, ~state);
        return value;
    }

    private static uint Entry(uint value)
    {
        for (int bit = 0; bit < 8; bit++)
        {
            value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
        }

        return value;
    }
}
