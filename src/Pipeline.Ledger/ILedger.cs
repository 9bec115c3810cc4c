namespace Pipeline.Ledger;

/// <summary>
/// Jobs, items, tries: the truth about what is done and what is not. Everything in a queue can be rebuilt from here. Every change is durable when the call returns, and the
/// counters change in the same transaction as the items. Several processes may use one ledger at a time; a call that was interrupted may be made again.
/// </summary>
public interface ILedger : IJobLedger, IDispatchLedger, IResultLedger, ILeaseLedger, IWorkerLedger, IDeadLetterLedger, IAsyncDisposable;
