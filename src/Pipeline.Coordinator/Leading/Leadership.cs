using Microsoft.Extensions.Logging;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Leading;

/// <summary>
/// Sees to it that one coordinator at a time does the leader's work: takes the lease, renews it three times in its time, and stops the work before the lease ends when it could not. What an old
/// leader may still have under way does no harm, because the ledger guards every change; the lease only keeps two from doing the same work.
/// </summary>
public sealed class Leadership(ILeaseLedger ledger, string owner, TimeSpan duration, TimeProvider time, ILogger logger)
{
    /// <summary>Name of the lease.</summary>
    public const string LeaseName = "coordinator";

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);
    private volatile bool leads;

    /// <summary>Whether this process leads.</summary>
    public bool Leads => leads;

    /// <summary>Stands by and leads, until stopped.</summary>
    /// <param name="shift">The leader's work; ends when its token is cancelled.</param>
    /// <param name="stop">Ends the work and gives the lease back.</param>
    public async Task RunAsync(Func<CancellationToken, Task> shift, CancellationToken stop)
    {
        var pause = TimeSpan.FromSeconds(1);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                long asked = time.GetTimestamp();
                if (await ledger.TryLeadAsync(LeaseName, owner, duration, stop).ConfigureAwait(false) is { } lease)
                {
                    CoordinatorLog.Leads(logger, owner, lease.Term);
                    await LeadAsync(shift, asked, lease, stop).ConfigureAwait(false);
                    pause = TimeSpan.FromSeconds(1);
                }
                else
                {
                    // However long the lease: who gives it back is followed at once.
                    await Task.Delay(duration / 5 < LongestLook ? duration / 5 : LongestLook, time, stop).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                CoordinatorLog.ShiftFailed(logger, pause.TotalSeconds, e.Message);
                await Quietly(Task.Delay(pause, time, stop)).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async Task LeadAsync(Func<CancellationToken, Task> shift, long asked, Lease lease, CancellationToken stop)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stop);
        leads = true;
        Task renewing = RenewAsync(asked, lease, lost);
        try
        {
            await shift(lost.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            // The lease is lost or the process ends.
        }
        finally
        {
            leads = false;
            await lost.CancelAsync().ConfigureAwait(false);
            await renewing.ConfigureAwait(false);
            await Quietly(ledger.ResignAsync(LeaseName, owner, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    private async Task RenewAsync(long asked, Lease lease, CancellationTokenSource lost)
    {
        // A tenth before another may lead.
        TimeSpan holds = lease.Remaining - (duration / 10);
        while (!lost.IsCancellationRequested)
        {
            await Quietly(Task.Delay(Min(duration / 3, Left()), time, lost.Token)).ConfigureAwait(false);
            try
            {
                long now = time.GetTimestamp();
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(lost.Token);
                patience.CancelAfter(Left());
                Lease? renewed = lost.IsCancellationRequested ? null : await ledger.TryLeadAsync(LeaseName, owner, duration, patience.Token).ConfigureAwait(false);
                if (renewed is null || renewed.Term != lease.Term)
                {
                    await LoseAsync("another coordinator took the lease", lost).ConfigureAwait(false);
                    return;
                }

                (asked, holds) = (now, renewed.Remaining - (duration / 10));
            }
            catch (Exception e)
            {
                if (time.GetElapsedTime(asked) >= holds)
                {
                    await LoseAsync(e.Message, lost).ConfigureAwait(false);
                    return;
                }
            }
        }

        TimeSpan Left() => Max(holds - time.GetElapsedTime(asked), TimeSpan.FromMilliseconds(1));
    }

    private async Task LoseAsync(string reason, CancellationTokenSource lost)
    {
        if (!lost.IsCancellationRequested)
        {
            CoordinatorLog.LeadsNoLonger(logger, owner, reason);
            leads = false;
            await lost.CancelAsync().ConfigureAwait(false);
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static async Task Quietly(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or LedgerException)
        {
            // Whoever waits looks at the reason itself.
        }
    }
}
