using System.Buffers.Binary;

namespace Pipeline.Storage.Collection;

/// <summary>
/// A set of digests in two bytes each (Bloom 1970): it never forgets one, and claims one in some thousand that it has not got, which only keeps a piece of garbage until the next
/// collection. Grows by further filters of twice the capacity.
/// </summary>
internal sealed class MarkFilter
{
    private const int FirstCapacity = 1 << 18;
    private const int BitsEach = 16;
    private const int Probes = 8;
    private readonly List<ulong[]> filters = [];
    private readonly UInt128 salt;
    private int capacity;
    private int used;

    /// <param name="salt">Differs from collection to collection, so that the same garbage is not kept for ever.</param>
    public MarkFilter(UInt128 salt) => this.salt = salt;

    public void Add(string digest)
    {
        if (Contains(digest))
        {
            return;
        }

        if (used == capacity)
        {
            capacity = capacity == 0 ? FirstCapacity : Math.Min(capacity * 2, 1 << 30);
            filters.Add(new ulong[(long)capacity * BitsEach / 64]);
            used = 0;
        }

        ulong[] filter = filters[^1];
        foreach (ulong bit in Bits(digest, filter.LongLength * 64))
        {
            filter[bit / 64] |= 1UL << (int)(bit % 64);
        }

        used++;
    }

    public bool Contains(string digest) => filters.Exists(filter =>
        Bits(digest, filter.LongLength * 64).All(bit => (filter[bit / 64] & (1UL << (int)(bit % 64))) != 0));

    // A digest is random already: two words of it, salted and mixed, give all probes (Kirsch, Mitzenmacher 2006).
    private IEnumerable<ulong> Bits(string digest, long size)
    {
        byte[] bytes = Convert.FromHexString(digest);
        ulong first = Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ (ulong)salt);
        ulong second = Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)) ^ (ulong)(salt >> 64)) | 1;
        for (int i = 0; i < Probes; i++)
        {
            yield return (first + ((ulong)i * second)) % (ulong)size;
        }
    }

    // The finaliser of MurmurHash3.
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
        x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
        return x ^ (x >> 33);
    }
}
