using Pipeline.Models.Generation;

namespace Pipeline.Training.World;

/// <summary>Draws of scenes and samples from <see cref="SplitMix64"/>, the same on every platform. Streams of different purposes never overlap in practice.</summary>
public struct SeededRandom
{
    private const ulong PurposeStep = 0x9E3779B97F4A7C15UL;

    private SplitMix64 _stream;

    /// <param name="seed">Number of the scene or run.</param>
    /// <param name="purpose">Separates independent draws of the same seed.</param>
    public SeededRandom(ulong seed, ulong purpose = 0)
    {
        _stream = new SplitMix64(new SplitMix64(seed + (PurposeStep * purpose)).Next());
    }

    /// <summary>Next 64 bits.</summary>
    public ulong Next() => _stream.Next();

    /// <summary>Uniform in [0, 1).</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    public float Range(float low, float high) => low + ((high - low) * Unit());

    /// <summary>Uniform integer in [0, count).</summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    /// <summary>True with the given probability.</summary>
    public bool Chance(float probability) => Unit() < probability;

    /// <summary>A value of an enumeration that is not among those in use.</summary>
    public T Other<T>(IEnumerable<T> used)
        where T : struct, Enum
    {
        T[] free = [.. Enum.GetValues<T>().Except(used)];
        return free[Below(free.Length)];
    }
}
