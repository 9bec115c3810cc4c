using Pipeline.Contracts.Messages;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Leading;

/// <summary>
/// Tells the workers what became of jobs. The orders follow from the ledger, so it does not matter which process a person asked to pause or cancel, and a new worker is told what was ordered
/// before it came: messages of a cancelled job may still wait for it. Losing an order costs work, never correctness.
/// </summary>
internal sealed class ControlOrders(ILedger ledger, ICoordinatorBus bus)
{
    private const int Remembered = 200;
    private readonly Dictionary<string, JobState> told = new(StringComparer.Ordinal);
    private readonly HashSet<string> knownWorkers = new(StringComparer.Ordinal);

    /// <summary>Sends what changed, and everything that holds when a worker is new.</summary>
    public async Task SendAsync(IReadOnlyDictionary<string, JobWatch> watches, IReadOnlyList<WorkerInfo> workers, CancellationToken cancellation)
    {
        foreach (JobWatch watch in watches.Values)
        {
            JobState state = watch.Info.State;
            if ((!told.TryGetValue(watch.Info.Id, out JobState before) || before != state) && Order(watch.Info, before) is { } order)
            {
                await bus.SendAsync(order, cancellation).ConfigureAwait(false);
            }

            told[watch.Info.Id] = state;
        }

        foreach (string ended in told.Keys.Where(id => !watches.ContainsKey(id)).ToArray())
        {
            told.Remove(ended);
        }

        string[] live = [.. workers.Select(w => w.Id)];
        if (!knownWorkers.IsSupersetOf(live))
        {
            await RepeatAsync(watches, cancellation).ConfigureAwait(false);
        }

        knownWorkers.Clear();
        knownWorkers.UnionWith(live);
    }

    private async Task RepeatAsync(IReadOnlyDictionary<string, JobWatch> watches, CancellationToken cancellation)
    {
        IReadOnlyList<JobInfo> cancelled = await ledger.JobsAsync(new JobQuery { States = [JobState.Cancelled, JobState.Failed], Limit = Remembered }, cancellation).ConfigureAwait(false);
        foreach (JobInfo job in cancelled.Concat(watches.Values.Select(w => w.Info).Where(j => j.State == JobState.Paused)))
        {
            await bus.SendAsync(Order(job, JobState.Running)!, cancellation).ConfigureAwait(false);
        }
    }

    private static JobControl? Order(JobInfo job, JobState before) => job.State switch
    {
        JobState.Cancelled or JobState.Cancelling or JobState.Failed or JobState.Deleting => new JobControl { JobId = job.Id, Epoch = job.Epoch, Action = ControlAction.Cancel },
        JobState.Paused => new JobControl { JobId = job.Id, Epoch = job.Epoch, Action = ControlAction.Pause },
        JobState.Running when before == JobState.Paused => new JobControl { JobId = job.Id, Epoch = job.Epoch, Action = ControlAction.Resume },
        _ => null,
    };
}
