using System.Collections.Concurrent;
using Pipeline.Stages.Messaging;

namespace Pipeline.Stages.Working;

/// <summary>
/// Whether a worker begins with a batch now. Closed, it gives messages back, after a moment in which the broker has learnt that nothing more is to be delivered (or the same message would come
/// again at once, and again, until it counts as dead). Draining, it begins what it expects to finish in time.
/// </summary>
public sealed class WorkFlow(TimeProvider time)
{
    // An estimate is kept below the time left by this factor.
    private const double Margin = 1.5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, TimeSpan> usual = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool open = true;
    private DateTimeOffset? deadline;

    /// <summary>Begins nothing from now on.</summary>
    public void Close()
    {
        open = false;
        closing.TrySetResult();
    }

    /// <summary>Begins again.</summary>
    public void Open()
    {
        closing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open = true;
    }

    /// <summary>Begins only what ends before a time from now, for good.</summary>
    public void Drain(TimeSpan limit)
    {
        deadline = time.GetUtcNow() + limit;
        closing.TrySetResult();
    }

    /// <summary>Asks to begin a batch; returns its start.</summary>
    /// <exception cref="RequeueException">Not now; the messages belong back into their queue.</exception>
    public async Task<long> EnterAsync(string stage)
    {
        if (MayBegin(stage))
        {
            return time.GetTimestamp();
        }

        await HoldAsync().ConfigureAwait(false);
        throw new RequeueException(open ? "the worker drains" : "the worker takes no work now");
    }

    /// <summary>Notes that a batch has ended well.</summary>
    public void Leave(string stage, long start)
    {
        TimeSpan elapsed = time.GetElapsedTime(start);
        usual.AddOrUpdate(stage, elapsed, (_, known) => (known * 0.7) + (elapsed * 0.3));
    }

    /// <summary>Waits until the worker is closed and the broker knows it.</summary>
    public async Task HoldAsync()
    {
        await Task.WhenAny(closing.Task, Task.Delay(Patience, time)).ConfigureAwait(false);
        await Task.Delay(Moment, time).ConfigureAwait(false);
    }

    private bool MayBegin(string stage) => open
        && (deadline is not { } end || (usual.TryGetValue(stage, out TimeSpan expected) && time.GetUtcNow() + (expected * Margin) < end));
}
