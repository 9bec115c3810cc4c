namespace Pipeline.Models.Generation;

/// <summary>
/// Uniform numbers from a seed, from <see cref="SplitMix64"/>: the same on every platform and engine, unlike the generators of tensor libraries.
/// </summary>
public sealed class SeededUniform(ulong seed)
{
    private SplitMix64 _stream = new(seed);

    /// <summary>The next number of [0, 1), with 53 random bits.</summary>
    public double Next() => (_stream.Next() >> 11) * (1.0 / (1UL << 53));
}
