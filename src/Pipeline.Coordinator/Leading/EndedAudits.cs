using Pipeline.Ledger;

namespace Pipeline.Coordinator.Leading;

/// <summary>Remembers which cancelled and failed jobs have no audit yet: those that end while this process leads, and the latest of those that ended while nobody did.</summary>
internal sealed class EndedAudits(ILedger ledger, JobEnding ending)
{
    private const int LookedAt = 200;
    private readonly HashSet<string> open = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private bool looked;

    /// <summary>Notes a job that has ended.</summary>
    public void Note(JobInfo job)
    {
        if (job.State is JobState.Cancelled or JobState.Failed)
        {
            lock (gate)
            {
                open.Add(job.Id);
            }
        }
    }

    /// <summary>Goes on with what is open.</summary>
    public async Task TendAsync(JobTask tasks, CancellationToken cancellation)
    {
        if (!looked)
        {
            foreach (JobInfo job in await ledger.JobsAsync(new JobQuery { States = [JobState.Cancelled, JobState.Failed], Limit = LookedAt }, cancellation).ConfigureAwait(false))
            {
                Note(job);
            }

            looked = true;
        }

        string[] waiting;
        lock (gate)
        {
            waiting = [.. open];
        }

        foreach (string job in waiting)
        {
            tasks.Ensure(job, stop => WriteAsync(job, stop), cancellation);
        }
    }

    private async Task WriteAsync(string job, CancellationToken cancellation)
    {
        await ending.AuditAsync(job, cancellation).ConfigureAwait(false);
        lock (gate)
        {
            open.Remove(job);
        }
    }
}
