using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;

namespace Pipeline.Stages.Core;

/// <summary>One unit of work: what a stage is asked to make, and of what.</summary>
public sealed record StageUnit
{
    /// <summary>Settings of the job line.</summary>
    public required WorkSettings Settings { get; init; }

    /// <summary>The edit, or null for the picture's unit.</summary>
    public EditTarget? Target { get; init; }

    /// <summary>Stored inputs by name: <c>source</c>, <c>mask</c>, and <c>stage.output</c> of the stages before.</summary>
    public required IReadOnlyDictionary<string, BlobRef> Inputs { get; init; }

    /// <summary>Digest of the source picture's file.</summary>
    public string SourceSha256 => Inputs["source"].Sha256;

    /// <summary>An input that must be there.</summary>
    /// <exception cref="InvalidOperationException">The stage before did not provide it: a defect.</exception>
    public BlobRef Input(string name) => Inputs.TryGetValue(name, out BlobRef? blob)
        ? blob
        : throw new InvalidOperationException($"input '{name}' is missing; there are {string.Join(", ", Inputs.Keys.Order(StringComparer.Ordinal))}");

    /// <summary>A parameter of the job line's <c>params</c>, or null.</summary>
    public JsonElement? Param(string name) =>
        Settings.Params is { ValueKind: JsonValueKind.Object } all && all.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
