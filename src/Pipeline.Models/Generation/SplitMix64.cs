namespace Pipeline.Models.Generation;

/// <summary>
/// A small generator whose numbers are fixed by its definition (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators"): the same on every platform, engine and runtime, so that what was drawn
/// today can be drawn again.
/// </summary>
/// <param name="seed">Any number.</param>
public struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15UL;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>0..<paramref name="bound"/>-1, by multiplication; the bias of at most bound / 2^64 does not matter here.</summary>
    public int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);
}
