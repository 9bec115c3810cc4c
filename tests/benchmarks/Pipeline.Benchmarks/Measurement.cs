using System.Diagnostics;

namespace Pipeline.Benchmarks;

/// <summary>Minima over many short runs, and processor time of long ones.</summary>
internal static class Measurement
{
    /// <summary>Fewest nanoseconds a call takes: the best of <paramref name="runs"/> runs of <paramref name="calls"/> calls.</summary>
    public static double NanosecondsPerCall(Action call, int runs = 400, int calls = 500)
    {
        double best = double.MaxValue;
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int k = 0; k < calls; k++)
            {
                call();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls);
        }

        return best;
    }

    /// <summary>Least wall time and least processor time (all threads of the process) of one run, in milliseconds.</summary>
    public static (double Wall, double Processor) Milliseconds(Action run, int runs)
    {
        run();
        Process process = Process.GetCurrentProcess();
        (double wall, double processor) = (double.MaxValue, double.MaxValue);
        for (int k = 0; k < runs; k++)
        {
            process.Refresh();
            TimeSpan before = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            run();
            wall = Math.Min(wall, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            process.Refresh();
            processor = Math.Min(processor, (process.TotalProcessorTime - before).TotalMilliseconds);
        }

        return (wall, processor);
    }
}
