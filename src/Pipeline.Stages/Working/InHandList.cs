using System.Collections.Concurrent;
using Pipeline.Contracts.Messages;
using Pipeline.Stages.Consuming;

namespace Pipeline.Stages.Working;

/// <summary>What a worker has in hand and since when.</summary>
/// <param name="time">Clock.</param>
/// <param name="unfit">Told when the worker cannot work on.</param>
internal sealed class InHandList(TimeProvider time, Action<Exception> unfit) : IWorkObserver
{
    private readonly ConcurrentDictionary<StageWork, long> works = new(ReferenceEqualityComparer.Instance);
    private long finished;

    /// <summary>Messages finished so far.</summary>
    public long FinishedCount => Interlocked.Read(ref finished);

    /// <summary>Items in hand.</summary>
    public IReadOnlyList<ItemInHand> Items => [.. works.Keys.SelectMany(w => w.Targets.Select(t => new ItemInHand(w.JobId, t.Item))).Distinct()];

    /// <summary>How long the oldest message has been in hand.</summary>
    public TimeSpan Oldest => works.IsEmpty ? TimeSpan.Zero : works.Values.Select(start => time.GetElapsedTime(start)).DefaultIfEmpty().Max();

    public void Taken(IReadOnlyList<StageWork> works)
    {
        foreach (StageWork work in works)
        {
            this.works[work] = time.GetTimestamp();
        }
    }

    public void Finished(IReadOnlyList<StageWork> works)
    {
        foreach (StageWork work in works)
        {
            this.works.TryRemove(work, out _);
        }

        Interlocked.Add(ref finished, works.Count);
    }

    public void Unfit(Exception reason) => unfit(reason);
}
