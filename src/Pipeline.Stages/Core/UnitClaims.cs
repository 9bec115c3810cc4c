using System.Collections.Concurrent;

namespace Pipeline.Stages.Core;

/// <summary>
/// Units that this process works on, by stage and work key. Whoever meets a claimed unit waits until it is free, and then finds what was stored, or does the work itself where it failed. Nobody
/// waits while holding claims, so nobody waits for ever.
/// </summary>
public sealed class UnitClaims
{
    private readonly ConcurrentDictionary<(string Stage, string Key), TaskCompletionSource> held = new();

    /// <summary>Claims a unit unless somebody has it; returns whether it is the caller's now.</summary>
    public bool TryTake(string stage, string key) => held.TryAdd((stage, key), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Gives a claimed unit free; does nothing where it is free.</summary>
    public void Release(string stage, string key)
    {
        if (held.TryRemove((stage, key), out TaskCompletionSource? waiters))
        {
            waiters.SetResult();
        }
    }

    /// <summary>Waits until a unit is free; somebody else may take it at once.</summary>
    public Task FreeAsync(string stage, string key, CancellationToken cancellation) =>
        held.TryGetValue((stage, key), out TaskCompletionSource? waiters) ? waiters.Task.WaitAsync(cancellation) : Task.CompletedTask;
}
