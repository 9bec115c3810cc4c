using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pipeline.TestKit;

/// <summary>Processor time of the calling thread: tells slow code from a busy machine.</summary>
public static partial class ThreadTime
{
    private const int ClockThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID of Linux

    /// <summary>Processor time that an action takes on this thread.</summary>
    public static TimeSpan Of(Action action)
    {
        TimeSpan before = Now();
        action();
        return Now() - before;
    }

    private static TimeSpan Now()
    {
        int failed = GetTime(ClockThreadCpuTime, out TimeSpec time);
        Debug.Assert(failed == 0, "this system tells no time of threads");
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
