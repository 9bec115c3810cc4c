namespace Pipeline.Evaluation.Aggregation;

/// <summary>
/// A small generator whose numbers are fixed by its definition (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators"), so that a table computed today
/// can be checked with any later runtime.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    /// <summary>0..<paramref name="bound"/>-1, by multiplication; the bias of at most bound / 2^64 does not matter here.</summary>
    internal int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);
}
