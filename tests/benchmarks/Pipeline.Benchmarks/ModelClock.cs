using System.Globalization;

namespace Pipeline.Benchmarks;

/// <summary>Adds up the processor time that the calling thread spends in model work, as the kernel counts it. Exact where the engine computes on one thread (<c>OMP_NUM_THREADS=1</c>).</summary>
internal sealed class ModelClock
{
    private readonly object _gate = new();
    private double _seconds;

    /// <summary>Processor seconds since the last call.</summary>
    public double Take()
    {
        lock (_gate)
        {
            double seconds = _seconds;
            _seconds = 0;
            return seconds;
        }
    }

    /// <summary>Runs something and counts it.</summary>
    public T Count<T>(Func<T> work)
    {
        double start = OfThread();
        try
        {
            return work();
        }
        finally
        {
            lock (_gate)
            {
                _seconds += OfThread() - start;
            }
        }
    }

    // The first number of schedstat: nanoseconds on a processor.
    private static double OfThread() => long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e9;
}
