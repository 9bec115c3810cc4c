using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;

namespace Pipeline.Contracts.Work;

/// <summary>Identity of one wanted edit: the digest of picture, emotion, seed, method, inversion, parameters and models. Equal keys are the same request.</summary>
public sealed record JobKey
{
    /// <summary>Digest of the source picture.</summary>
    public required string ImageSha256 { get; init; }

    /// <summary>Emotion.</summary>
    public required string Emotion { get; init; }

    /// <summary>Intensity.</summary>
    public double Intensity { get; init; } = 1;

    /// <summary>Seed of the variant.</summary>
    public required long Seed { get; init; }

    /// <summary>Method.</summary>
    public required string Method { get; init; }

    /// <summary>Inversion, where it was chosen.</summary>
    public string? Inversion { get; init; }

    /// <summary>Parameters.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>Model digests by role.</summary>
    public IReadOnlyDictionary<string, string> Models { get; init; } = new Dictionary<string, string>();

    /// <summary>SHA-256 of the canonical JSON.</summary>
    public string Digest() => Sha256Digest.Of(CanonicalJson.Serialize(this));
}
