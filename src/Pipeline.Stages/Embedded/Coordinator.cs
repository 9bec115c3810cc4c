using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Errors;
using Pipeline.Ledger;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Telemetry;

namespace Pipeline.Stages.Embedded;

/// <summary>Gives out work within a window of credits, watches for stalls and for one defect that hits many items, and reports progress.</summary>
internal sealed class Coordinator(
    EmbeddedRunOptions options, ILedger ledger, JobInfo job, WorkDispatcher dispatcher, DispatchTarget target, RunTracker tracker, ProgressMeter meter,
    IProgress<RunEvent>? events, ILogger logger)
{
    private const int MaxStalls = 5;
    private static readonly TimeSpan DrainStep = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Lease = TimeSpan.FromDays(365); // the one worker is this process: claims end with it
    private long lastReport = long.MinValue;
    private long lastFailed;
    private int stalls;
    private long openAtStall = -1;

    /// <summary>Runs until every item has ended, or the run is to be drained, or cannot go on.</summary>
    public async Task RunAsync(CancellationToken drain, CancellationToken stop)
    {
        while (!drain.IsCancellationRequested && !tracker.Fatal.IsCompleted)
        {
            stop.ThrowIfCancellationRequested();
            // Asked before the ledger: outcomes that arrive in between can only lower the number in flight.
            bool quiet = tracker.IsQuiet;
            JobProgress progress = await ledger.ProgressAsync(job.Id, stop).ConfigureAwait(false);
            Report(progress, force: false);
            if (progress.Open == 0 || await IsBrokenAsync(progress, stop).ConfigureAwait(false))
            {
                break;
            }

            if (quiet && progress.Count(ItemState.InFlight) > 0)
            {
                await TakeUpLostAsync(progress, stop).ConfigureAwait(false);
                continue;
            }

            int credits = (int)Math.Max(0, job.Window - progress.Count(ItemState.InFlight));
            int sent = credits == 0 ? 0 : await dispatcher.DispatchAsync(target, credits, oversize: credits == job.Window, Lease, stop).ConfigureAwait(false);
            if (sent == 0)
            {
                await WaitAsync(drain, stop).ConfigureAwait(false);
            }
        }

        Report(await ledger.ProgressAsync(job.Id, stop).ConfigureAwait(false), force: true);
    }

    /// <summary>Waits until what is in hand is finished and recorded.</summary>
    public async Task DrainAsync(CancellationToken stop)
    {
        while (!tracker.IsDrained)
        {
            await Task.Delay(DrainStep, stop).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(CancellationToken drain, CancellationToken stop)
    {
        DateTimeOffset? due = await ledger.NextRetryAsync(job.Id, stop).ConfigureAwait(false);
        TimeSpan wait = options.ProgressInterval;
        if (due is { } at && at - options.Time.GetUtcNow() is var until && until < wait)
        {
            wait = until > TimeSpan.Zero ? until : TimeSpan.FromMilliseconds(1);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(drain, stop);
        try
        {
            await tracker.Changed.WaitAsync(wait, either.Token).ConfigureAwait(false);
            while (tracker.Changed.Wait(0, CancellationToken.None))
            {
                // Many outcomes, one look at the ledger.
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Drain: the loop's condition sees it.
        }
    }

    // The in-memory transport lost messages (a defect or a fault in it); the ledger still has them.
    private async Task TakeUpLostAsync(JobProgress progress, CancellationToken stop)
    {
        long items = progress.Count(ItemState.InFlight);
        (stalls, openAtStall) = (progress.Open == openAtStall ? stalls + 1 : 0, progress.Open);
        StageLog.Stalled(logger, job.Id, items);
        if (stalls > MaxStalls)
        {
            tracker.Unfit(new PipelineException(ErrorCodes.Logic, FaultClass.Logic, $"{items} items of job {job.Id} were lost {stalls} times in a row; this is a defect"));
            return;
        }

        await ledger.ReleaseAsync(job.Id, all: true, stop).ConfigureAwait(false);
    }

    private async Task<bool> IsBrokenAsync(JobProgress progress, CancellationToken stop)
    {
        long failed = progress.Count(ItemState.Quarantined);
        if (failed == lastFailed || failed < options.BreakerItems)
        {
            return progress.State == JobState.Paused;
        }

        lastFailed = failed;
        foreach (ErrorSummary error in await ledger.ErrorsAsync(job.Id, 5, stop).ConfigureAwait(false))
        {
            if (error.Code == ErrorCodes.Logic && error.Items >= options.BreakerItems && error.Items > options.BreakerShare * progress.Total)
            {
                StageLog.BreakerOpened(logger, job.Id, error.Fingerprint, error.Items, error.Code, error.Message);
                await ledger.SetPausedAsync(job.Id, true, $"{error.Items} items failed with {error.Code} ({error.Fingerprint})", stop).ConfigureAwait(false);
                return true;
            }
        }

        return false;
    }

    private void Report(JobProgress progress, bool force)
    {
        long now = options.Time.GetTimestamp();
        if (force || lastReport == long.MinValue || options.Time.GetElapsedTime(lastReport, now) >= options.ProgressInterval)
        {
            lastReport = now;
            events?.Report(meter.Measure(progress));
        }
    }
}
