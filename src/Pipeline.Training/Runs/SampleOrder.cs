using Pipeline.Training.Data;
using Pipeline.Training.World;

namespace Pipeline.Training.Runs;

/// <summary>
/// The order of samples: every epoch a permutation of its own, drawn from (seed, epoch). A position tells its sample without any state, so a resumed run goes on exactly
/// where it was.
/// </summary>
/// <param name="seed">Seed of the run.</param>
/// <param name="count">Samples an epoch, at least 1.</param>
public sealed class SampleOrder(long seed, int count)
{
    private const ulong Purpose = 1_000;
    private int[] _permutation = [];
    private long _epoch = -1;

    /// <summary>Epoch of a position.</summary>
    public long EpochOf(long position) => position / count;

    /// <summary>As <see cref="Take"/>, with the epoch of each.</summary>
    public Sample[] Samples(long position, int length) => [.. Take(position, length).Select((number, i) => new Sample(number, EpochOf(position + i)))];

    /// <summary>The samples 0 … count − 1 at <paramref name="length"/> positions from <paramref name="position"/> on; they may reach into the next epoch.</summary>
    public int[] Take(long position, int length)
    {
        int[] samples = new int[length];
        for (int i = 0; i < length; i++)
        {
            (long epoch, long place) = Math.DivRem(position + i, count);
            Prepare(epoch);
            samples[i] = _permutation[place];
        }

        return samples;
    }

    private void Prepare(long epoch)
    {
        if (epoch == _epoch)
        {
            return;
        }

        // Fisher-Yates
        SeededRandom random = new((ulong)seed, Purpose + (ulong)epoch);
        _permutation = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (_permutation[i], _permutation[j]) = (_permutation[j], _permutation[i]);
        }

        _epoch = epoch;
    }
}
