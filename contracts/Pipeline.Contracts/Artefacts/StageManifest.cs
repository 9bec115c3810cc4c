using System.Text.Json;

namespace Pipeline.Contracts.Artefacts;

/// <summary>
/// What a stage made of one piece of work, written last and under "first writer wins": the commit point of the stage, and the lineage record of its outputs.
/// </summary>
public sealed record StageManifest
{
    /// <summary>Version of this layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Stage that did the work.</summary>
    public required string Stage { get; init; }

    /// <summary>Key of the work: the digest of <see cref="KeyInputs"/>.</summary>
    public required string WorkKey { get; init; }

    /// <summary>The inputs of the key in clear, in canonical order.</summary>
    public required JsonElement KeyInputs { get; init; }

    /// <summary>Outputs by name.</summary>
    public required IReadOnlyDictionary<string, BlobRef> Outputs { get; init; }

    /// <summary>Small results that travel inside the manifest (a caption, scores, masks' areas): the same for every run of the same work.</summary>
    public JsonElement? Facts { get; init; }

    /// <summary>Who did the work and how long it took: differs from run to run and never enters a key or a data set's metadata.</summary>
    public ManifestProducer? Producer { get; init; }

    /// <summary>Notes for the reader, for example that a fallback was taken.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}
