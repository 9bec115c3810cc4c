using Pipeline.Coordinator.Progress;

namespace Pipeline.Coordinator.Http.Views;

/// <summary>A job as the API shows it.</summary>
public sealed record JobView
{
    /// <summary>Identity.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Owner.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>State: planning, ready, running, paused, cancelling, cancelled, done, doneWithErrors, failed, deleting.</summary>
    public required string State { get; init; }

    /// <summary>Whether the job has ended.</summary>
    public bool Ended { get; init; }

    /// <summary>Queue class: bulk or express.</summary>
    public string Class { get; init; } = "bulk";

    /// <summary>0 to 9, higher gets more.</summary>
    public int Priority { get; init; }

    /// <summary>Share among the tenant's jobs of one priority.</summary>
    public int Weight { get; init; }

    /// <summary>Most items in flight.</summary>
    public int Window { get; init; }

    /// <summary>All items; grows while the job is planning.</summary>
    public long Items { get; init; }

    /// <summary>Items by state: pending, inFlight, waitingRetry, done, quarantined, failed, cancelled.</summary>
    public required IReadOnlyDictionary<string, long> States { get; init; }

    /// <summary>Stages in order.</summary>
    public required IReadOnlyList<StageEta> Stages { get; init; }

    /// <summary>Estimate of the time left, seconds; null while unknown.</summary>
    public double? RemainingSeconds { get; init; }

    /// <summary>Compute seconds spent.</summary>
    public double SpentSeconds { get; init; }

    /// <summary>Compute seconds that it may spend; null for no limit.</summary>
    public double? BudgetSeconds { get; init; }

    /// <summary>What the computation cost so far, in the currency of the installation's price; null where none is set.</summary>
    public double? Cost { get; init; }

    /// <summary>Where its data set is or will be.</summary>
    public string DataSet { get; init; } = "";

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its import ended.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The last thing that happened to it, with its reason.</summary>
    public string? LastEvent { get; init; }
}
