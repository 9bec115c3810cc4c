using Pipeline.Contracts.Messages;
using Pipeline.Stages.Consuming;

namespace Pipeline.Stages.Embedded;

/// <summary>
/// Knows what is under way inside the process: messages sent and not finished, outcomes sent and not applied. The in-memory transport keeps nothing when it fails, so "nothing is under way
/// but the ledger has items in flight" must be seen.
/// </summary>
internal sealed class RunTracker(IStageOutbox inner) : IStageOutbox, IWorkObserver
{
    private readonly TaskCompletionSource<Exception> fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long works;
    private long inHand;
    private long results;

    /// <summary>Completes when the run cannot go on.</summary>
    public Task<Exception> Fatal => fatal.Task;

    /// <summary>Messages that handlers work on right now.</summary>
    public long InHand => Interlocked.Read(ref inHand);

    /// <summary>Whether nothing is under way: no message in a queue or in hand, no outcome on its way.</summary>
    public bool IsQuiet => Interlocked.Read(ref works) == 0 && Interlocked.Read(ref results) == 0;

    /// <summary>Whether nothing is in hand and all outcomes are applied; messages may still wait in queues.</summary>
    public bool IsDrained => InHand == 0 && Interlocked.Read(ref results) == 0;

    /// <summary>Set whenever outcomes were applied.</summary>
    public SemaphoreSlim Changed { get; } = new(0);

    public async Task SendAsync(StageWork work, CancellationToken cancellation)
    {
        Interlocked.Increment(ref works);
        try
        {
            await inner.SendAsync(work, cancellation).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref works);
            throw;
        }
    }

    public async Task SendAsync(StageResult result, CancellationToken cancellation)
    {
        Interlocked.Increment(ref results);
        try
        {
            await inner.SendAsync(result, cancellation).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref results);
            throw;
        }
    }

    public void Taken(IReadOnlyList<StageWork> taken) => Interlocked.Add(ref inHand, taken.Count);

    public void Finished(IReadOnlyList<StageWork> finished)
    {
        Interlocked.Add(ref inHand, -finished.Count);
        Interlocked.Add(ref works, -finished.Count);
        Changed.Release();
    }

    public void Unfit(Exception reason) => fatal.TrySetResult(reason);

    /// <summary>Notes that outcomes are durable in the ledger, or given up.</summary>
    public void Applied(int count)
    {
        Interlocked.Add(ref results, -count);
        Changed.Release();
    }
}
