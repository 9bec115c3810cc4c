namespace Pipeline.Ledger;

/// <summary>How a job is to be served from now on; what is null stays.</summary>
public sealed record JobAdjustment
{
    /// <summary>Most items in flight, at least 1.</summary>
    public int? Window { get; init; }

    /// <summary>Priority, higher first.</summary>
    public int? Priority { get; init; }

    /// <summary>Share among jobs of one priority, at least 1.</summary>
    public int? Weight { get; init; }

    /// <summary>Compute seconds that the job may spend; a negative number lifts the limit.</summary>
    public double? BudgetSeconds { get; init; }
}
