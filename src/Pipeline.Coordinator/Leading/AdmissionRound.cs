using Pipeline.Contracts.Messages;
using Pipeline.Coordinator.Admission;
using Pipeline.Ledger;
using Pipeline.Stages.Dispatching;

namespace Pipeline.Coordinator.Leading;

/// <summary>Gives out work within the credit window: express jobs first and from their own credits, then bulk jobs, each class shared fairly.</summary>
internal sealed class AdmissionRound(ILedger ledger, WorkDispatcher dispatcher, CoordinatorOptions options)
{
    private readonly Dictionary<WorkClass, FairShare> shares = new() { [WorkClass.Express] = new FairShare(), [WorkClass.Bulk] = new FairShare() };

    /// <summary>One round; returns the number of items given out.</summary>
    public async Task<int> RunAsync(IReadOnlyList<JobWatch> served, IReadOnlyList<WorkerInfo> workers, CancellationToken cancellation)
    {
        int given = 0;
        int capacity = options.Window.Capacity(workers, options.WorkerAlive);
        foreach (WorkClass workClass in new[] { WorkClass.Express, WorkClass.Bulk })
        {
            JobWatch[] jobs = [.. served.Where(w => w.Info.Class == workClass)];
            given += jobs.Length == 0 ? 0 : await RunAsync(shares[workClass], jobs, capacity, cancellation).ConfigureAwait(false);
        }

        return given;
    }

    private async Task<int> RunAsync(FairShare share, JobWatch[] jobs, int capacity, CancellationToken cancellation)
    {
        int given = 0;
        var byId = jobs.ToDictionary(j => j.Info.Id, StringComparer.Ordinal);
        long free = Math.Max(0, capacity - jobs.Sum(j => j.InFlight));
        share.Begin([.. await CandidatesAsync(jobs, capacity, cancellation).ConfigureAwait(false)], (int)free, capacity);
        while (share.Next() is { } grant)
        {
            JobWatch job = byId[grant.JobId];
            // A picture larger than the whole window would never fit: it may go alone.
            bool oversize = job.InFlight == 0 && grant.Credits >= Math.Min(FairShare.Reserve, Math.Min(job.Info.Window, capacity));
            int items = await dispatcher.DispatchAsync(job.Target, grant.Credits, oversize, options.ItemLease, cancellation).ConfigureAwait(false);
            share.Took(items);
            if (items > 0)
            {
                given += items;
                CoordinatorMetrics.Dispatched.Add(items);
                job.Progress = await ledger.ProgressAsync(job.Info.Id, cancellation).ConfigureAwait(false);
            }
        }

        return given;
    }

    private async Task<List<AdmissionCandidate>> CandidatesAsync(JobWatch[] jobs, int capacity, CancellationToken cancellation)
    {
        var candidates = new List<AdmissionCandidate>(jobs.Length);
        foreach (JobWatch job in jobs)
        {
            bool pending = job.Progress!.Count(ItemState.Pending) > 0;
            bool due = !pending && job.Progress.Count(ItemState.WaitingRetry) > 0
                && await ledger.NextRetryAsync(job.Info.Id, cancellation).ConfigureAwait(false) is { } at && at <= options.Time.GetUtcNow();
            if (pending || due)
            {
                long room = Math.Max(0, Math.Min(job.Info.Window, capacity) - job.InFlight);
                // Priority 5 is the usual one: 9 gets ten shares where 0 gets one.
                candidates.Add(new AdmissionCandidate(job.Info.Id, job.Info.Tenant, job.Info.Weight * (job.Info.Priority + 1), (int)room));
            }
        }

        return candidates;
    }
}
