using System.Collections.Concurrent;
using MassTransit;

namespace Pipeline.Stages.Messaging;

/// <summary>
/// Asks for another connection when a queue has refused everything over this one for a while. RabbitMQ (seen with 3.10) can do that forever: a channel whose first message to a quorum queue falls between
/// the death of the leader's node and the election of the next leader keeps asking the dead node. The queue takes messages from every other channel meanwhile. A queue that is full refuses too, which
/// another connection does not mend: so it is asked for ever more seldom while nothing is taken.
/// </summary>
/// <param name="current">What the connection is known by that sends go over now; null when unknown.</param>
/// <param name="replace">Replaces it, for a reason.</param>
/// <param name="time">Clock.</param>
internal sealed class RefusedSends(Func<object?> current, Func<string, Task> replace, TimeProvider time) : ISendObserver
{
    /// <summary>How long a queue refuses before the connection is replaced. Elections take a second or two.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Longest time between two replacements while a queue takes nothing.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Uri, Refusal> refusals = new();

    /// <inheritdoc />
    public Task PreSend<T>(SendContext<T> context)
        where T : class => Task.CompletedTask;

    /// <inheritdoc />
    public Task PostSend<T>(SendContext<T> context)
        where T : class
    {
        Taken(context.DestinationAddress!);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task SendFault<T>(SendContext<T> context, Exception exception)
        where T : class => IsRefusal(exception) ? RefusedAsync(context.DestinationAddress!) : Task.CompletedTask;

    /// <summary>A queue took a message.</summary>
    public void Taken(Uri queue)
    {
        if (!refusals.IsEmpty)
        {
            refusals.TryRemove(queue, out _);
        }
    }

    /// <summary>A queue refused a message.</summary>
    public async Task RefusedAsync(Uri queue)
    {
        if (current() is not { } connection)
        {
            return;
        }

        Refusal refusal = refusals.GetOrAdd(queue, _ => new Refusal());
        lock (refusal)
        {
            if (!ReferenceEquals(refusal.Connection, connection))
            {
                (refusal.Connection, refusal.Since) = (connection, time.GetTimestamp());
                return;
            }

            if (time.GetElapsedTime(refusal.Since) < refusal.Pause)
            {
                return;
            }

            refusal.Since = time.GetTimestamp();
            refusal.Pause = refusal.Pause * 4 < LongestPause ? refusal.Pause * 4 : LongestPause;
        }

        string reason = $"{queue.AbsolutePath.Split('/')[^1]} refuses everything over this connection";
        LogContext.Warning?.Log("The connection to the broker is replaced: {Reason}", reason);
        await replace(reason).ConfigureAwait(false);
    }

    private static bool IsRefusal(Exception error) => error is RabbitMQ.Client.Exceptions.PublishException { IsReturn: false } || (error.InnerException is { } inner && IsRefusal(inner));

    private sealed class Refusal
    {
        public object? Connection { get; set; }

        public long Since { get; set; }

        public TimeSpan Pause { get; set; } = Patience;
    }
}
