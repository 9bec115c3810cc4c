namespace Pipeline.Ledger;

/// <summary>Jobs: created, imported, paused, ended, deleted.</summary>
public interface IJobLedger
{
    /// <summary>Creates a job, or returns it as it stands.</summary>
    /// <exception cref="LedgerException">The job exists with another specification, or its description is impossible.</exception>
    Task<JobInfo> OpenJobAsync(NewJob job, CancellationToken cancellation);

    /// <summary>A job as it stands; null where the ledger does not know it.</summary>
    Task<JobInfo?> FindJobAsync(string jobId, CancellationToken cancellation);

    /// <summary>Jobs, the newest first.</summary>
    Task<IReadOnlyList<JobInfo>> JobsAsync(JobQuery query, CancellationToken cancellation);

    /// <summary>What was asked for (<see cref="NewJob.SpecJson"/>).</summary>
    Task<string> SpecAsync(string jobId, CancellationToken cancellation);

    /// <summary>Imports pictures with consecutive numbers from <paramref name="firstPicture"/>. Numbers that are imported already change nothing.</summary>
    Task ImportAsync(string jobId, long firstPicture, IReadOnlyList<NewPicture> pictures, CancellationToken cancellation);

    /// <summary>Ends the import; the job can be dispatched.</summary>
    Task FinishImportAsync(string jobId, CancellationToken cancellation);

    /// <summary>Changes how a job is served from now on.</summary>
    Task AdjustAsync(string jobId, JobAdjustment adjustment, CancellationToken cancellation);

    /// <summary>Pauses a running job or resumes a paused one; other states stay as they are.</summary>
    /// <param name="jobId">Job.</param>
    /// <param name="paused">Whether to pause.</param>
    /// <param name="reason">Why, for people; kept with the event.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task SetPausedAsync(string jobId, bool paused, string? reason, CancellationToken cancellation);

    /// <summary>Cancels the open items of a job and raises its epoch, so that late results no longer count.</summary>
    Task CancelAsync(string jobId, CancellationToken cancellation);

    /// <summary>Ends a job that cannot be run, with the reason: its open items are cancelled.</summary>
    Task FailJobAsync(string jobId, string reason, CancellationToken cancellation);

    /// <summary>Opens failed and quarantined items again, with a new epoch; stages that succeeded stay done. Returns their number.</summary>
    Task<int> ReplayAsync(string jobId, ReplaySelection selection, CancellationToken cancellation);

    /// <summary>
    /// Opens done items again whose results are lost, with a new epoch and all of their stages to do: what is still stored is found again. Items that are not done are passed over. Returns
    /// the number that were opened.
    /// </summary>
    /// <param name="jobId">Job; one that was cancelled or failed stays as it is.</param>
    /// <param name="items">Items.</param>
    /// <param name="reason">Why, for people; kept with the event.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<int> ReopenAsync(string jobId, IReadOnlyCollection<long> items, string reason, CancellationToken cancellation);

    /// <summary>Sets the final state of a job whose items have all ended; returns the state.</summary>
    Task<JobState> FinishJobAsync(string jobId, CancellationToken cancellation);

    /// <summary>Forgets an ended job with everything that belongs to it, in pieces; when interrupted, the next call goes on. A job that is not known is no error.</summary>
    /// <exception cref="LedgerException">The job has not ended.</exception>
    Task DeleteJobAsync(string jobId, CancellationToken cancellation);

    /// <summary>Notes that something happened to a job.</summary>
    Task AddEventAsync(string jobId, string kind, string? detail, CancellationToken cancellation);

    /// <summary>What happened to a job, the latest last: the last <paramref name="limit"/> events.</summary>
    Task<IReadOnlyList<JobEvent>> EventsAsync(string jobId, int limit, CancellationToken cancellation);
}
