using System.Text.Json;

namespace Pipeline.Contracts.Messages;

/// <summary>How a worker runs a stage, as far as it decides the work keys: with it others can tell which work is done already.</summary>
public sealed record StageProfile
{
    /// <summary>Version of the stage's algorithm.</summary>
    public required string Implementation { get; init; }

    /// <summary>Digests of its models by role.</summary>
    public IReadOnlyDictionary<string, string> Models { get; init; } = new Dictionary<string, string>();

    /// <summary>What else is part of its keys and not of the job, an object in the stage's own form; null for nothing.</summary>
    public JsonElement? Options { get; init; }
}
