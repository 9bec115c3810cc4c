using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger;

/// <summary>A job as it stands.</summary>
public sealed record JobInfo
{
    /// <summary>Identity.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Owner.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Digest of what was asked for.</summary>
    public string SpecDigest { get; init; } = "";

    /// <summary>State.</summary>
    public required JobState State { get; init; }

    /// <summary>Epoch of new items; replayed items have a higher one of their own.</summary>
    public required int Epoch { get; init; }

    /// <summary>Stages that every item needs.</summary>
    public required int StageMask { get; init; }

    /// <summary>Queue class of its work.</summary>
    public WorkClass Class { get; init; }

    /// <summary>Priority, higher first.</summary>
    public int Priority { get; init; }

    /// <summary>Share among jobs of one priority.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Most items in flight.</summary>
    public required int Window { get; init; }

    /// <summary>Compute seconds that it may spend; null for no limit.</summary>
    public double? BudgetSeconds { get; init; }

    /// <summary>Compute seconds that its counted outcomes took, failed tries included.</summary>
    public double SpentSeconds { get; init; }

    /// <summary>Pictures that are imported: where an interrupted import goes on.</summary>
    public long ImportedPictures { get; init; }

    /// <summary>Items that are imported.</summary>
    public long ImportedItems { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its import ended.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}
