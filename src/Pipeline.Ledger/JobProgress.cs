using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>Counts of a job, read from counters and never by scanning the items.</summary>
public sealed record JobProgress
{
    /// <summary>State of the job.</summary>
    public required JobState State { get; init; }

    /// <summary>Items by state.</summary>
    public required IReadOnlyDictionary<ItemState, long> Items { get; init; }

    /// <summary>Outcomes by stage: done, cached, poison, transient (tries used up), crash.</summary>
    public required IReadOnlyDictionary<(string Stage, StageOutcome Outcome), long> Stages { get; init; }

    /// <summary>Items that have not ended and still need a stage, by stage: what autoscaling and forecasts go by.</summary>
    public IReadOnlyDictionary<string, long> Backlog { get; init; } = new Dictionary<string, long>();

    /// <summary>Computation of the outcomes in <see cref="Stages"/>, milliseconds.</summary>
    public IReadOnlyDictionary<(string Stage, StageOutcome Outcome), long> ComputeMs { get; init; } = new Dictionary<(string, StageOutcome), long>();

    /// <summary>Compute seconds that all counted outcomes took, failed tries included.</summary>
    public double SpentSeconds { get; init; }

    /// <summary>All items.</summary>
    public long Total => Items.Values.Sum();

    /// <summary>Items that have not ended.</summary>
    public long Open => Count(ItemState.Pending) + Count(ItemState.InFlight) + Count(ItemState.WaitingRetry);

    /// <summary>Items in a state.</summary>
    public long Count(ItemState state) => Items.GetValueOrDefault(state);

    /// <summary>Outcomes of a stage.</summary>
    public long Count(string stage, StageOutcome outcome) => Stages.GetValueOrDefault((stage, outcome));
}
