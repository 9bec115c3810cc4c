using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;

namespace Pipeline.Contracts.Jobs;

/// <summary>
/// What the stages need to know of a manifest line beside its picture and emotions. Stored once as canonical JSON under its digest; lines with the same settings share it.
/// </summary>
public sealed record WorkSettings
{
    /// <summary>Version of this layout.</summary>
    public int V { get; init; } = 1;

    /// <summary>Editing method.</summary>
    public required string Method { get; init; }

    /// <summary>Inversion; null for the method's own.</summary>
    public string? Inversion { get; init; }

    /// <summary>Target prompt instead of the MLLM's.</summary>
    public string? Prompt { get; init; }

    /// <summary>Source prompt instead of the MLLM's.</summary>
    public string? SourcePrompt { get; init; }

    /// <summary>Stimuli instead of the MLLM's.</summary>
    public JsonElement? Stimuli { get; init; }

    /// <summary>Domain hint.</summary>
    public string? Domain { get; init; }

    /// <summary>Parameters of the method.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>Metrics to compute; null for the default set.</summary>
    public IReadOnlyList<string>? Evaluate { get; init; }

    /// <summary>Format of edited pictures: <c>png</c>, <c>webp</c>, <c>jpeg</c>.</summary>
    public string Format { get; init; } = "png";

    /// <summary>By-products to keep.</summary>
    public IReadOnlyList<string>? Keep { get; init; }

    /// <summary>Canonical bytes, as stored.</summary>
    public byte[] ToBytes() => CanonicalJson.Serialize(this);

    /// <summary>Digest of the canonical bytes.</summary>
    public string Digest() => Sha256Digest.Of(ToBytes());
}
