using System.Text.Json;

namespace Pipeline.Ledger.Audit;

/// <summary>A job as a whole: what was asked for, what came of it, what it took. With the items' lines it makes the job readable without a database.</summary>
public sealed record AuditSummary
{
    /// <summary>Version of this layout and of the items' lines.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The job as it stands.</summary>
    public required JobInfo Job { get; init; }

    /// <summary>What was asked for; a text where it is no JSON.</summary>
    public required JsonElement Spec { get; init; }

    /// <summary>Items by state.</summary>
    public required IReadOnlyDictionary<string, long> Items { get; init; }

    /// <summary>Outcomes by stage.</summary>
    public required IReadOnlyList<AuditStageTotal> Stages { get; init; }

    /// <summary>Causes of failures, the most frequent first; at most <see cref="JobAudit.MaxErrors"/>.</summary>
    public required IReadOnlyList<ErrorSummary> Errors { get; init; }

    /// <summary>What happened, the latest last; at most <see cref="JobAudit.MaxEvents"/>.</summary>
    public required IReadOnlyList<JobEvent> Events { get; init; }
}
