namespace Pipeline.Training.World;

/// <summary>SplitMix64 (Steele, Lea, Flood, 2014): small, fast and the same on every platform. Streams of different purposes never overlap in practice.</summary>
public struct SeededRandom
{
    private ulong _state;

    /// <param name="seed">Number of the scene or run.</param>
    /// <param name="purpose">Separates independent draws of the same seed.</param>
    public SeededRandom(ulong seed, ulong purpose = 0)
    {
        _state = Mix(seed + (0x9E3779B97F4A7C15UL * (purpose + 1)));
    }

    /// <summary>Next 64 bits.</summary>
    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15UL);

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

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
