using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Jobs;

/// <summary>One line of a job manifest: a picture and the emotions wanted for it. Null means "the run's default".</summary>
public sealed record JobLine
{
    /// <summary>Name of the picture in this job: 1 to 200 characters, no control characters, no <c>..</c> segments, no backslash, not starting or ending with a slash.</summary>
    public required string Id { get; init; }

    /// <summary>Path or address of the picture.</summary>
    public required string Image { get; init; }

    /// <summary>Expected digest of the picture's file.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Wanted emotions, at least one.</summary>
    public required IReadOnlyList<EmotionRequest> Emotions { get; init; }

    /// <summary>Target prompt instead of the MLLM's.</summary>
    public string? Prompt { get; init; }

    /// <summary>Source prompt instead of the MLLM's.</summary>
    [JsonPropertyName("source_prompt")]
    public string? SourcePrompt { get; init; }

    /// <summary>Path or address of a mask picture that takes the place of the stimulus map.</summary>
    public string? Mask { get; init; }

    /// <summary>Stimuli instead of the MLLM's, an array of objects.</summary>
    public JsonElement? Stimuli { get; init; }

    /// <summary>Domain hint: object, person, scene, fashion, jewelry, home.</summary>
    public string? Domain { get; init; }

    /// <summary>Editing method.</summary>
    public string? Method { get; init; }

    /// <summary>Inversion.</summary>
    public string? Inversion { get; init; }

    /// <summary>Seed.</summary>
    public long? Seed { get; init; }

    /// <summary>Number of variants of each emotion, 1 to 64; variant v uses seed + v.</summary>
    [JsonPropertyName("num_variants")]
    public int? NumVariants { get; init; }

    /// <summary>Parameters of the method, an object.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>Where and how results are written.</summary>
    public JobOutputs? Outputs { get; init; }

    /// <summary>Names of the metrics to compute; an empty list for none.</summary>
    public IReadOnlyList<string>? Evaluate { get; init; }

    /// <summary>Free texts that are handed on to the results.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>0 to 9, higher first; default 5.</summary>
    public int? Priority { get; init; }

    /// <summary>Keys that this version does not know (lenient reading only).</summary>
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }
}
