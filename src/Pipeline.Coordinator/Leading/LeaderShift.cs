using Microsoft.Extensions.Logging;
using Pipeline.Coordinator.Intake;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;
using Pipeline.Stages.Dispatching;
using Pipeline.Storage;

namespace Pipeline.Coordinator.Leading;

/// <summary>
/// The leader's work for as long as it leads: receives outcomes and signs of life, imports manifests, gives out work, pauses what is over its budget or broken, takes back what was lost, and
/// writes the data sets of jobs that have ended. It remembers nothing that the ledger does not know.
/// </summary>
public sealed class LeaderShift(ILedger ledger, IArtefactStore store, ICoordinatorBus bus, CoordinatorOptions options, ILogger logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ProgressAge = TimeSpan.FromSeconds(5);
    private readonly Wake wake = new();
    private readonly Dictionary<string, JobWatch> watches = new(StringComparer.Ordinal);
    private readonly JobEnding ending = new(ledger, store, options, logger);
    private readonly EndedAudits audits = new(ledger, new JobEnding(ledger, store, options, logger));
    private readonly WorkDispatcher dispatcher = new(ledger, store, bus, options.Time, options.ParallelSends);

    /// <summary>Works until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken lost)
    {
        var imports = new JobTask("its import", options.ParallelImports, options.Time, logger, wake.Set);
        var endings = new JobTask("writing its data set", 2, options.Time, logger, wake.Set);
        var orders = new ControlOrders(ledger, bus);
        var admission = new AdmissionRound(ledger, dispatcher, options);
        var sweeper = new Sweeper(ledger, options, logger);
        await bus.StartAsync(new CoordinatorIntake(ledger, options.ItemLease, Touch, logger), lost).ConfigureAwait(false);
        try
        {
            while (true)
            {
                lost.ThrowIfCancellationRequested();
                IReadOnlyList<WorkerInfo> workers = await sweeper.LookAsync(lost).ConfigureAwait(false);
                await LookAsync(lost).ConfigureAwait(false);
                await orders.SendAsync(watches, workers, lost).ConfigureAwait(false);
                foreach (JobWatch watch in watches.Values.ToArray())
                {
                    await TendAsync(watch, imports, endings, lost).ConfigureAwait(false);
                }

                await audits.TendAsync(endings, lost).ConfigureAwait(false);
                int given = await admission.RunAsync([.. watches.Values.Where(IsServed)], workers, lost).ConfigureAwait(false);
                await Task.Delay(Pace, options.Time, lost).ConfigureAwait(false);
                if (given == 0)
                {
                    await wake.WaitAsync(await PauseAsync(lost).ConfigureAwait(false), lost).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await bus.StopAsync().ConfigureAwait(false);
            await imports.EndAsync().ConfigureAwait(false);
            await endings.EndAsync().ConfigureAwait(false);
        }
    }

    private static bool IsServed(JobWatch watch) => watch is { Info.State: JobState.Running, Progress.Open: > 0 };

    private void Touch(IReadOnlyCollection<string> jobs) => wake.Set(jobs);

    private async Task<TimeSpan> PauseAsync(CancellationToken lost)
    {
        DateTimeOffset? due = await ledger.NextRetryAsync(null, lost).ConfigureAwait(false);
        TimeSpan until = due is { } at ? at - options.Time.GetUtcNow() : options.Idle;
        return until < Pace ? Pace : until < options.Idle ? until : options.Idle;
    }

    // Which jobs there are, and their counts where something may have changed.
    private async Task LookAsync(CancellationToken lost)
    {
        IReadOnlyCollection<string> touched = wake.Take();
        IReadOnlyList<JobInfo> open = await ledger.JobsAsync(JobQuery.Open, lost).ConfigureAwait(false);
        foreach (string gone in watches.Keys.Except(open.Select(j => j.Id)).ToArray())
        {
            watches[gone].Update(await ledger.FindJobAsync(gone, lost).ConfigureAwait(false) ?? watches[gone].Info with { State = JobState.Deleting });
        }

        foreach (JobInfo job in open)
        {
            if (!watches.TryGetValue(job.Id, out JobWatch? watch))
            {
                JobSpec spec = JobWatch.ReadSpec(await ledger.SpecAsync(job.Id, lost).ConfigureAwait(false));
                watches[job.Id] = watch = new JobWatch(job, spec, new CircuitBreaker(options.BreakerItems, options.BreakerShare), logger);
            }

            bool resumed = watch.Update(job) == JobState.Paused && job.State == JobState.Running;
            long now = options.Time.GetTimestamp();
            bool old = watch.Progress is null || touched.Contains(job.Id) || resumed || options.Time.GetElapsedTime(watch.ProgressAt, now) >= ProgressAge
                || watch.Progress.State != job.State;
            if (job.State is JobState.Running or JobState.Paused && old)
            {
                (watch.Progress, watch.ProgressAt) = (await ledger.ProgressAsync(job.Id, lost).ConfigureAwait(false), now);
            }

            if (resumed)
            {
                watch.Breaker.Accept(await ledger.ErrorsAsync(job.Id, 100, lost).ConfigureAwait(false));
            }
        }
    }

    private async Task TendAsync(JobWatch watch, JobTask imports, JobTask endings, CancellationToken lost)
    {
        JobInfo job = watch.Info;
        if (job.State == JobState.Planning)
        {
            imports.Ensure(job.Id, cancellation => ImportAsync(watch, cancellation), lost);
        }
        else if (job.State == JobState.Running && watch.Progress is { } progress)
        {
            if (!watch.IsResent)
            {
                await ResendAsync(watch, lost).ConfigureAwait(false);
            }

            if (progress is { Open: 0 })
            {
                endings.Ensure(job.Id, cancellation => ending.EndAsync(watch, cancellation), lost);
            }
            else if (await ReasonToPauseAsync(watch, progress, lost).ConfigureAwait(false) is { } reason)
            {
                CoordinatorLog.Paused(logger, job.Id, reason);
                await ledger.SetPausedAsync(job.Id, true, reason, lost).ConfigureAwait(false);
                wake.Set([job.Id]);
            }
        }
        else if (JobStates.HasEnded(job.State))
        {
            audits.Note(job);
            watches.Remove(job.Id);
        }
    }

    private async Task ResendAsync(JobWatch watch, CancellationToken lost)
    {
        int sent = await dispatcher.ResendAsync(watch.Target, lost).ConfigureAwait(false);
        watch.IsResent = true;
        if (sent > 0)
        {
            CoordinatorLog.Resent(logger, watch.Info.Id, sent);
        }
    }

    private async Task<string?> ReasonToPauseAsync(JobWatch watch, JobProgress progress, CancellationToken lost)
    {
        if (watch.Info.BudgetSeconds is { } budget && progress.SpentSeconds >= budget)
        {
            return $"its budget of {budget:0.#} compute seconds is spent ({progress.SpentSeconds:0.#}); resume it with a larger one";
        }

        long failed = progress.Count(ItemState.Quarantined);
        if (failed == watch.FailedSeen || failed < options.BreakerItems)
        {
            return null;
        }

        watch.FailedSeen = failed;
        return watch.Breaker.Check(await ledger.ErrorsAsync(watch.Info.Id, 20, lost).ConfigureAwait(false), progress.Total);
    }

    private async Task ImportAsync(JobWatch watch, CancellationToken cancellation)
    {
        JobInfo job = await ledger.FindJobAsync(watch.Info.Id, cancellation).ConfigureAwait(false) ?? watch.Info;
        if (await new JobImport(ledger, store, options).RunAsync(job, watch.Spec, cancellation).ConfigureAwait(false) is { } reason)
        {
            await ledger.FailJobAsync(job.Id, reason, cancellation).ConfigureAwait(false);
            return;
        }

        JobProgress progress = await ledger.ProgressAsync(job.Id, cancellation).ConfigureAwait(false);
        CoordinatorLog.Imported(logger, job.Id, progress.Total);
    }
}
