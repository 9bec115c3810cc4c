namespace Pipeline.TestKit;

/// <summary>A small seeded generator (xorshift64*, Vigna 2016), so that random tests repeat exactly.</summary>
public sealed class Xorshift(ulong seed)
{
    private ulong state = seed == 0 ? 0x9E3779B97F4A7C15UL : seed;

    /// <summary>Next 64 random bits.</summary>
    public ulong Next()
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 0x2545F4914F6CDD1DUL;
    }

    /// <summary>A number from 0 to below <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)((Next() >> 11) % (ulong)limit);

    /// <summary>Fills a buffer with random bytes.</summary>
    public void Fill(Span<byte> buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)(Next() >> 32);
        }
    }
}
