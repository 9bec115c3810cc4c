using Microsoft.Extensions.Logging;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Leading;
using Pipeline.Coordinator.Planning;
using Pipeline.Coordinator.Progress;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;
using Pipeline.Storage;

namespace Pipeline.Coordinator;

/// <summary>
/// One coordinator process: takes jobs in and answers about them at any time, and does the leader's work while it holds the lease. Start as many as wanted on one ledger; one leads, the
/// others stand by.
/// </summary>
public sealed class CoordinatorService(ILedger ledger, IArtefactStore store, ICoordinatorBus bus, CoordinatorOptions options, ILoggerFactory loggers)
{
    private readonly ILogger logger = loggers.CreateLogger("Moodpipe.Coordinator");
    private Leadership? leadership;

    /// <summary>Ledger.</summary>
    public ILedger Ledger => ledger;

    /// <summary>Takes jobs in.</summary>
    public JobSubmission Submission { get; } = new(ledger, store, options);

    /// <summary>Forecasts jobs.</summary>
    public JobPlanner Planner { get; } = new(ledger, store, options);

    /// <summary>Rates and estimates.</summary>
    public ProgressBoard Progress { get; } = new(options.Time);

    /// <summary>How it works.</summary>
    public CoordinatorOptions Options => options;

    /// <summary>Whether this process leads.</summary>
    public bool Leads => leadership?.Leads == true;

    /// <summary>Stands by and leads until stopped; then gives the lease back, so that a standby takes over at once.</summary>
    public Task RunAsync(CancellationToken stop)
    {
        leadership = new Leadership(ledger, options.Owner, options.LeaderLease, options.Time, logger);
        return leadership.RunAsync(lost => new LeaderShift(ledger, store, bus, options, logger).RunAsync(lost), stop);
    }
}
