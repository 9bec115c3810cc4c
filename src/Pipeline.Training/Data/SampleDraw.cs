using Pipeline.Training.World;

namespace Pipeline.Training.Data;

/// <summary>Numbers drawn for a sample from (seed, epoch, picture): what it is called, say. They need no state, so batches may be made in any order.</summary>
internal static class SampleDraw
{
    private const ulong Purpose = 67;

    /// <summary>The draw of a sample.</summary>
    /// <param name="seed">Of the run.</param>
    /// <param name="number">Of the picture.</param>
    /// <param name="epoch">Pass over the data.</param>
    public static ulong Of(long seed, int number, long epoch) => new SeededRandom(new SeededRandom((ulong)seed, Purpose + (ulong)epoch).Next() + (ulong)number).Next();
}
