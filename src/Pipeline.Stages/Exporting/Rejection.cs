using System.Text.Json.Serialization;

namespace Pipeline.Stages.Exporting;

/// <summary>A line of <c>rejected.jsonl</c>: an edit that was left out, and why.</summary>
public sealed record Rejection
{
    /// <summary>Name of the picture.</summary>
    public required string Id { get; init; }

    /// <summary>Emotion.</summary>
    public required string Emotion { get; init; }

    /// <summary>Variant.</summary>
    public int Variant { get; init; }

    /// <summary><c>failed</c>, <c>gate</c> or <c>duplicate</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>The error's code, the condition with the value, or the file that was kept instead.</summary>
    public required string Detail { get; init; }

    /// <summary>The edited picture in the data set that was exported from.</summary>
    [JsonPropertyName("file_name")]
    public string? FileName { get; init; }
}
