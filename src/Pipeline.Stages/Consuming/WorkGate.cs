using System.Collections.Concurrent;
using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Consuming;

/// <summary>Decides whether a message is still wanted: not when its job was cancelled since, its deadline has passed, or the worker drains.</summary>
public sealed class WorkGate(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, int> cancelledBelow = new(StringComparer.Ordinal);
    private volatile bool draining;

    /// <summary>Takes no new work from now on; what is in hand is finished.</summary>
    public void Drain() => draining = true;

    /// <summary>Obeys an order of the coordinator.</summary>
    public void Apply(JobControl control)
    {
        if (control is { Action: ControlAction.Drain, JobId: null })
        {
            Drain();
        }
        else if (control is { Action: ControlAction.Cancel, JobId: { } job })
        {
            cancelledBelow.AddOrUpdate(job, control.Epoch, (_, known) => Math.Max(known, control.Epoch));
        }
    }

    /// <summary>Why a message is not worked on, or null when it is.</summary>
    public string? Refuse(StageWork work)
    {
        if (draining)
        {
            return "the worker drains";
        }

        if (cancelledBelow.TryGetValue(work.JobId, out int epoch) && work.Epoch < epoch)
        {
            return "the job was cancelled";
        }

        return work.DeadlineUtc is { } deadline && deadline < time.GetUtcNow() ? "its deadline has passed" : null;
    }
}
