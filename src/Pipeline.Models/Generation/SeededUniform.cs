namespace Pipeline.Models.Generation;

/// <summary>
/// Uniform numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014), the same on every platform and engine, unlike the generators of tensor libraries.
/// </summary>
public sealed class SeededUniform(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next number of [0, 1), with 53 random bits.</summary>
    public double Next()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
