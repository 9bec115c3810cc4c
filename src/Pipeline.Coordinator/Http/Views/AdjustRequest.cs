namespace Pipeline.Coordinator.Http.Views;

/// <summary>How a job is to be served from now on; what is absent stays.</summary>
public sealed record AdjustRequest
{
    /// <summary>Most items in flight, 1 to 1000000.</summary>
    public int? Window { get; init; }

    /// <summary>0 to 9, higher gets more.</summary>
    public int? Priority { get; init; }

    /// <summary>Share among the tenant's jobs of one priority, 1 to 100.</summary>
    public int? Weight { get; init; }

    /// <summary>Compute seconds that the job may spend; a negative number lifts the limit.</summary>
    public double? BudgetSeconds { get; init; }
}
