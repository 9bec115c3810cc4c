using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>A job to create.</summary>
public sealed record NewJob
{
    /// <summary>Identity: 1 to 100 letters, digits, dots, dashes, underscores.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Owner.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>What was asked for, as JSON.</summary>
    public string SpecJson { get; init; } = "{}";

    /// <summary>Digest of what was asked for: opening a job again with another one is refused.</summary>
    public required string SpecDigest { get; init; }

    /// <summary>Mask of the stages that every item needs (see <see cref="Contracts.Topology.StageGraph"/>).</summary>
    public required int StageMask { get; init; }

    /// <summary>Most items in flight.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Priority, higher first.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>Share among jobs of one priority, at least 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Queue class of its work.</summary>
    public WorkClass Class { get; init; }

    /// <summary>Compute seconds that it may spend; null for no limit. The ledger counts, the coordinator acts.</summary>
    public double? BudgetSeconds { get; init; }
}
