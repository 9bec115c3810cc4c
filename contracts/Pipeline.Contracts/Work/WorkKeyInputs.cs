using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;

namespace Pipeline.Contracts.Work;

/// <summary>
/// Everything that decides a stage's outputs, and nothing else: never a job, a worker, a path or the time. Equal inputs mean equal work, so results are shared
/// between items, jobs and nights.
/// </summary>
public sealed record WorkKeyInputs
{
    /// <summary>Version of this layout.</summary>
    public int V { get; init; } = 1;

    /// <summary>Stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Version of the algorithm (not of the build): raised when outputs change.</summary>
    [JsonPropertyName("stageImpl")]
    public required string Implementation { get; init; }

    /// <summary>SHA-256 of each input's content by name.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }

    /// <summary>The parameters that this stage reads, and only those.</summary>
    public required JsonElement Params { get; init; }

    /// <summary>Digests of the models by role.</summary>
    public IReadOnlyDictionary<string, string> Models { get; init; } = new Dictionary<string, string>();

    /// <summary>Seed, where the stage draws noise.</summary>
    public long? Seed { get; init; }

    /// <summary>The inputs as JSON in canonical order.</summary>
    public JsonElement ToElement() => CanonicalJson.Normalise(ContractJson.ToElement(this));

    /// <summary>The work key: SHA-256 of the canonical JSON.</summary>
    public string Digest() => Sha256Digest.Of(CanonicalJson.Serialize(this));
}
