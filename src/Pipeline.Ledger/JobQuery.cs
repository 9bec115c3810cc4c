namespace Pipeline.Ledger;

/// <summary>Which jobs to list.</summary>
public sealed record JobQuery
{
    /// <summary>All jobs.</summary>
    public static JobQuery Everything { get; } = new();

    /// <summary>Jobs that have not ended.</summary>
    public static JobQuery Open { get; } = new() { States = [JobState.Planning, JobState.Ready, JobState.Running, JobState.Paused, JobState.Cancelling] };

    /// <summary>States; null for all.</summary>
    public IReadOnlyCollection<JobState>? States { get; init; }

    /// <summary>Owner; null for all.</summary>
    public string? Tenant { get; init; }

    /// <summary>Most jobs; default 1000.</summary>
    public int Limit { get; init; } = 1000;
}
