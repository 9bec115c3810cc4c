using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>Which workers there are.</summary>
public interface IWorkerLedger
{
    /// <summary>Notes signs of life. Leases of items are renewed by <see cref="IDispatchLedger.RenewAsync"/>.</summary>
    Task BeatAsync(IReadOnlyList<WorkerBeat> beats, CancellationToken cancellation);

    /// <summary>All known workers, by id.</summary>
    Task<IReadOnlyList<WorkerInfo>> WorkersAsync(CancellationToken cancellation);

    /// <summary>Forgets workers that were silent for longer than a time; returns their ids.</summary>
    Task<IReadOnlyList<string>> ForgetWorkersAsync(TimeSpan silentFor, CancellationToken cancellation);
}
