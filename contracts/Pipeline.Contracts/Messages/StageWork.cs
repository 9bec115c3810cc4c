using MassTransit;
using Pipeline.Contracts.Artefacts;

namespace Pipeline.Contracts.Messages;

/// <summary>
/// Work for one stage on one picture: all wanted edits of the picture until <c>edit</c>, a group of them at <c>edit</c>, exactly one afterwards.
/// Carries keys of artefacts, never pixels; at most 16 kB.
/// </summary>
[MessageUrn("moodpipe:stage-work:1")]
public sealed record StageWork
{
    /// <summary>Version of this layout. Readers accept higher versions, because only optional fields are ever added.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Job.</summary>
    public required string JobId { get; init; }

    /// <summary>Number of the picture in the job.</summary>
    public required long Picture { get; init; }

    /// <summary>Number of this try, from 0.</summary>
    public int Attempt { get; init; }

    /// <summary>Raised by cancel and retry: work of an older epoch is dropped.</summary>
    public int Epoch { get; init; }

    /// <summary>Stage that this message is for.</summary>
    public required string Stage { get; init; }

    /// <summary>Stages of the job that come after this one.</summary>
    public IReadOnlyList<string> Itinerary { get; init; } = [];

    /// <summary>The edits that this message is about, at least one.</summary>
    public required IReadOnlyList<EditTarget> Targets { get; init; }

    /// <summary>Artefacts of the picture so far: <c>source</c>, <c>mask</c>, and <c>stage.output</c>.</summary>
    public required IReadOnlyDictionary<string, InputRef> Inputs { get; init; }

    /// <summary>Digest of the stored settings (<see cref="Jobs.WorkSettings"/>, canonical JSON) that the stages read.</summary>
    public required string SettingsDigest { get; init; }

    /// <summary>After this time the work is not started any more; null for no limit.</summary>
    public DateTimeOffset? DeadlineUtc { get; init; }

    /// <summary>Queue class.</summary>
    public WorkClass Class { get; init; }

    /// <summary>Owner of the job, for fairness and quotas.</summary>
    public string? Tenant { get; init; }

    /// <summary>
    /// Whether the one item of the message has killed a worker before: it is computed with nothing beside it, after everything else that the worker took with it. Null for no.
    /// </summary>
    public bool? Alone { get; init; }

    /// <summary>When the message was sent, UTC: queue wait is measured from here.</summary>
    public DateTimeOffset? SentUtc { get; init; }

    /// <summary>W3C <c>traceparent</c> of the item's trace.</summary>
    public string? TraceParent { get; init; }
}
