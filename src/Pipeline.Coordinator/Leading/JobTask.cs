using Microsoft.Extensions.Logging;

namespace Pipeline.Coordinator.Leading;

/// <summary>Long work on jobs beside the leader's loop: one at a time for a job, so many in all; what fails is tried again after a pause that grows.</summary>
internal sealed class JobTask(string what, int parallel, TimeProvider time, ILogger logger, Action done)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);
    private readonly Dictionary<string, Task> running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset NotBefore, TimeSpan Pause)> failed = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Starts the work for a job unless it is under way, waits for a place or for its next try.</summary>
    public void Ensure(string jobId, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        lock (gate)
        {
            bool early = failed.TryGetValue(jobId, out (DateTimeOffset NotBefore, TimeSpan Pause) last) && time.GetUtcNow() < last.NotBefore;
            if (!early && !running.ContainsKey(jobId) && running.Count < parallel && !cancellation.IsCancellationRequested)
            {
                running[jobId] = Task.Run(() => RunAsync(jobId, work, cancellation), CancellationToken.None);
            }
        }
    }

    /// <summary>Whether the work for a job is under way.</summary>
    public bool IsBusy(string jobId)
    {
        lock (gate)
        {
            return running.ContainsKey(jobId);
        }
    }

    /// <summary>Waits for what is under way; it should have been cancelled.</summary>
    public Task EndAsync()
    {
        lock (gate)
        {
            return Task.WhenAll(running.Values);
        }
    }

    private async Task RunAsync(string jobId, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        (DateTimeOffset NotBefore, TimeSpan Pause)? next = null;
        try
        {
            await work(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The next leader does it.
        }
        catch (Exception e)
        {
            CoordinatorLog.JobWorkFailed(logger, jobId, what, e.Message);
            TimeSpan pause = PauseAfter(jobId);
            next = (time.GetUtcNow() + pause, pause);
        }

        lock (gate)
        {
            running.Remove(jobId);
            failed.Remove(jobId);
            if (next is { } again)
            {
                failed[jobId] = again;
            }
        }

        done();
    }

    private TimeSpan PauseAfter(string jobId)
    {
        lock (gate)
        {
            return failed.TryGetValue(jobId, out (DateTimeOffset NotBefore, TimeSpan Pause) last) ? Min(last.Pause * 2, LongestPause) : FirstPause;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
