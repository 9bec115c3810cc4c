using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Dispatching;

namespace Pipeline.Coordinator.Leading;

/// <summary>What the leader keeps in mind about an open job between two looks at the ledger.</summary>
internal sealed class JobWatch(JobInfo first, JobSpec spec, CircuitBreaker breaker, ILogger logger)
{
    public JobInfo Info { get; private set; } = first;

    public JobSpec Spec => spec;

    public CircuitBreaker Breaker => breaker;

    /// <summary>What every message of the job has in common.</summary>
    public DispatchTarget Target { get; } = new(first.Id, first.StageMask, spec.Defaults)
    {
        Class = first.Class, Tenant = first.Tenant.Length > 0 ? first.Tenant : null, SourceBase = spec.SourceBase,
    };

    public JobProgress? Progress { get; set; }

    public long ProgressAt { get; set; }

    /// <summary>Failures when the breaker looked last.</summary>
    public long FailedSeen { get; set; }

    /// <summary>Whether messages that an earlier leader committed were sent.</summary>
    public bool IsResent { get; set; }

    /// <summary>Writes its data set, and remembers how often it found results lost.</summary>
    public LostResults Lost { get; } = new(first.Id, logger);

    /// <summary>Items of the job that are under way, by the ledger.</summary>
    public long InFlight => Progress?.Count(ItemState.InFlight) ?? 0;

    /// <summary>Takes a new look; returns the state before it.</summary>
    public JobState Update(JobInfo now)
    {
        JobState before = Info.State;
        Info = now;
        return before;
    }

    public static JobSpec ReadSpec(string json) => ContractJson.Deserialize<JobSpec>(System.Text.Encoding.UTF8.GetBytes(json));
}
