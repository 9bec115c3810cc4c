using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Core;

/// <summary>Retries of accesses to the store inside a worker: 5 tries, 0.2 to 10 s apart, at most 2 minutes; then the item is given back to the ledger.</summary>
public sealed record IoRetry
{
    /// <summary>Tries in all.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>First wait; each later one is four times longer.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time in all.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Clock and waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Runs an access, again while it fails with a transient I/O error. Missing and corrupt artefacts are not retried here: waiting does not heal them.</summary>
    /// <param name="access">The access.</param>
    /// <param name="salt">Spreads the waits of different accesses.</param>
    /// <param name="onRetry">Called before each wait.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<T> RunAsync<T>(Func<Task<T>> access, int salt, Action? onRetry, CancellationToken cancellation)
    {
        long start = Time.GetTimestamp();
        TimeSpan delay = FirstDelay;
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await access().ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransientIo(e) && tries < Tries && Time.GetElapsedTime(start) + delay < Limit)
            {
                onRetry?.Invoke();
                double spread = 0.75 + (((uint)HashCode.Combine(salt, tries) % 1000) / 2000.0);
                await Task.Delay(delay * spread, Time, cancellation).ConfigureAwait(false);
                delay = delay * 4 < MaxDelay ? delay * 4 : MaxDelay;
            }
        }
    }

    private static bool IsTransientIo(Exception e) => e is PipelineException { Code: ErrorCodes.TransientIo } or IOException or TimeoutException;
}
