using Microsoft.Extensions.Logging;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Leading;

/// <summary>Takes back items without a sign of life, and knows which workers there are.</summary>
internal sealed class Sweeper(ILedger ledger, CoordinatorOptions options, ILogger logger)
{
    private static readonly TimeSpan WorkersAge = TimeSpan.FromSeconds(2);
    private long sweptAt = long.MinValue;
    private long workersAt = long.MinValue;
    private IReadOnlyList<WorkerInfo> workers = [];

    /// <summary>Sweeps when it is time, and returns the workers.</summary>
    public async Task<IReadOnlyList<WorkerInfo>> LookAsync(CancellationToken cancellation)
    {
        long now = options.Time.GetTimestamp();
        if (IsDue(sweptAt, now, options.SweepEvery))
        {
            sweptAt = now;
            int expired = await ledger.ReleaseAsync(null, all: false, cancellation).ConfigureAwait(false);
            if (expired > 0)
            {
                CoordinatorMetrics.Expired.Add(expired);
                CoordinatorLog.Expired(logger, expired);
            }

            await ledger.ForgetWorkersAsync(options.WorkerForgotten, cancellation).ConfigureAwait(false);
        }

        if (IsDue(workersAt, now, WorkersAge))
        {
            workersAt = now;
            workers = await ledger.WorkersAsync(cancellation).ConfigureAwait(false);
        }

        return workers;
    }

    private bool IsDue(long last, long now, TimeSpan every) => last == long.MinValue || options.Time.GetElapsedTime(last, now) >= every;
}
