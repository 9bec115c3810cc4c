using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pipeline.TestServers.Processes;

/// <summary>Signals to processes that a test started.</summary>
public static partial class ProcessSignal
{
    /// <summary>Ends a process in order (SIGTERM).</summary>
    public static void Terminate(int pid) => Send(pid, 15);

    /// <summary>Ends a process at once (SIGKILL).</summary>
    public static void Kill(int pid) => Send(pid, 9);

    /// <summary>Freezes a process (SIGSTOP): its connections stay open and nothing answers.</summary>
    public static void Freeze(int pid) => Send(pid, 19);

    /// <summary>Lets a frozen process go on (SIGCONT).</summary>
    public static void Thaw(int pid) => Send(pid, 18);

    /// <summary>Waits until a process is gone.</summary>
    /// <exception cref="TimeoutException">It is still there after the limit.</exception>
    public static async Task WaitForEndAsync(int pid, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (IsAlive(pid))
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"process {pid} did not end within {limit}");
            }

            await Task.Delay(50).ConfigureAwait(false);
        }
    }

    // A zombie has ended, whether or not its parent has looked.
    private static bool IsAlive(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Send(int pid, int signal)
    {
        if (pid <= 1)
        {
            throw new ArgumentOutOfRangeException(nameof(pid), pid, "signals go to single processes");
        }

        _ = Signal(pid, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int pid, int signal);
}
