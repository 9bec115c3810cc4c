using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Results;

/// <summary>
/// One line of a data set's <c>metadata.jsonl</c>: everything about one edit that is the same however often, wherever and with whatever interruptions it was made.
/// The first three names are those that common image-folder loaders read.
/// </summary>
public sealed record ResultRecord
{
    /// <summary>The edited picture relative to this file; null where there is none.</summary>
    [JsonPropertyName("file_name")]
    public string? FileName { get; init; }

    /// <summary>The emotion as a class label.</summary>
    public required string Label { get; init; }

    /// <summary>Name of the source picture: keep all its derivatives in one split.</summary>
    [JsonPropertyName("source_id")]
    public required string SourceId { get; init; }

    /// <summary>Digest of the source picture's file: two names of one picture have the same. Null where the source could not be read.</summary>
    [JsonPropertyName("source_sha256")]
    public string? SourceSha256 { get; init; }

    /// <summary>Name of the picture in the manifest.</summary>
    public required string Id { get; init; }

    /// <summary>Emotion.</summary>
    public required string Emotion { get; init; }

    /// <summary>Intensity.</summary>
    public double Intensity { get; init; } = 1;

    /// <summary>Variant, from 0.</summary>
    public int Variant { get; init; }

    /// <summary>Identity of the request, see <see cref="Work.JobKey"/>; null where the source could not be read.</summary>
    public string? JobKey { get; init; }

    /// <summary>Outcome.</summary>
    public required ResultStatus Status { get; init; }

    /// <summary>Reason of a failure.</summary>
    public ResultError? Error { get; init; }

    /// <summary>Files.</summary>
    public ResultOutput? Output { get; init; }

    /// <summary>Caption of the edited picture.</summary>
    public string? Caption { get; init; }

    /// <summary>Prompts.</summary>
    public ResultPrompts? Prompts { get; init; }

    /// <summary>Stimuli that the edit changed.</summary>
    public JsonElement? Stimuli { get; init; }

    /// <summary>How the MLLM's answer was read: strict, repaired, sections, fallback.</summary>
    public string? ParseStatus { get; init; }

    /// <summary>Where the stimulus map comes from.</summary>
    public string? MaskSource { get; init; }

    /// <summary>Share of the picture that the map covers.</summary>
    public double? MaskArea { get; init; }

    /// <summary>Metrics by name.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>Method.</summary>
    public string? Method { get; init; }

    /// <summary>Parameters as requested.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>Seed of this variant.</summary>
    public long Seed { get; init; }

    /// <summary>Time steps that the sampler used.</summary>
    public IReadOnlyList<int>? TimestepsUsed { get; init; }

    /// <summary>Digests of the models by role.</summary>
    public IReadOnlyDictionary<string, string>? Models { get; init; }

    /// <summary>UNet forward passes per sample.</summary>
    public long? UnetForwards { get; init; }

    /// <summary>Labels of the manifest line.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Work keys of the stages' manifests: the lineage.</summary>
    public IReadOnlyDictionary<string, string>? Work { get; init; }
}
