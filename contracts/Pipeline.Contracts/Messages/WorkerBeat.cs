using MassTransit;

namespace Pipeline.Contracts.Messages;

/// <summary>Sign of life of a worker: renews the leases of what it has in hand.</summary>
[MessageUrn("moodpipe:worker-beat:1")]
public sealed record WorkerBeat
{
    /// <summary>Version of this layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Worker process.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Stages that it hosts.</summary>
    public IReadOnlyList<string> Stages { get; init; } = [];

    /// <summary>Its device.</summary>
    public string? Device { get; init; }

    /// <summary>Digests of its models by role.</summary>
    public IReadOnlyDictionary<string, string>? ModelDigests { get; init; }

    /// <summary>How it runs its stages, by stage.</summary>
    public IReadOnlyDictionary<string, StageProfile>? Profiles { get; init; }

    /// <summary>Whether it computes right now.</summary>
    public bool Busy { get; init; }

    /// <summary>Items in hand.</summary>
    public IReadOnlyList<ItemInHand> InHand { get; init; } = [];

    /// <summary>When it expects to be free, UTC.</summary>
    public DateTimeOffset? ExpectedFreeUtc { get; init; }
}
