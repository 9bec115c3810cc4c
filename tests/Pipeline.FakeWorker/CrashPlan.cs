using Pipeline.TestServers.Processes;

namespace Pipeline.FakeWorker;

/// <summary>
/// Where this process kills itself (SIGKILL: no handler, no flush, no finally): <c>MOODPIPE_CRASH=point[:n]</c> at the n-th time that the point is passed, the first unless said otherwise.
/// </summary>
internal sealed class CrashPlan
{
    /// <summary>A message was taken: its manifest is looked up.</summary>
    public const string Start = "start";

    /// <summary>A unit is computed.</summary>
    public const string Compute = "compute";

    /// <summary>An output is stored, its manifest is not.</summary>
    public const string AfterBlob = "after-blob";

    /// <summary>The manifest is published, nothing is sent.</summary>
    public const string AfterManifest = "after-manifest";

    /// <summary>The next stage's work is sent, the outcome is not.</summary>
    public const string AfterNext = "after-next";

    /// <summary>Everything is sent, nothing is acknowledged.</summary>
    public const string AfterResult = "after-result";

    private readonly string? point;
    private readonly int at;
    private int passed;

    private CrashPlan(string? point, int at) => (this.point, this.at) = (point, at);

    /// <summary>All points.</summary>
    public static IReadOnlyList<string> Points { get; } = [Start, Compute, AfterBlob, AfterManifest, AfterNext, AfterResult];

    public static CrashPlan FromEnvironment()
    {
        string[]? parts = Environment.GetEnvironmentVariable("MOODPIPE_CRASH")?.Split(':');
        return parts is null ? new CrashPlan(null, 0) : Points.Contains(parts[0])
            ? new CrashPlan(parts[0], parts.Length > 1 ? int.Parse(parts[1]) : 1)
            : throw new ArgumentException($"MOODPIPE_CRASH: {parts[0]} is none of {string.Join(", ", Points)}");
    }

    /// <summary>Passes a point; does not return if the process ends there.</summary>
    public void Pass(string where)
    {
        if (where == point && Interlocked.Increment(ref passed) == at)
        {
            Die();
        }
    }

    public static void Die()
    {
        ProcessSignal.Kill(Environment.ProcessId);
        Thread.Sleep(Timeout.Infinite);
    }
}
