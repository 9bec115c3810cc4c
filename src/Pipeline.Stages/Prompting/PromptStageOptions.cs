using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Pipeline.Stages.Prompting;

/// <summary>How the prompt stage works.</summary>
public sealed record PromptStageOptions
{
    /// <summary>Edits in one batch; those of one picture share its encoding. Default 8.</summary>
    [Range(1, 64)]
    public int MaxBatch { get; init; } = 8;

    /// <summary>Everything about the asking that decides the answer; part of the work key.</summary>
    public JsonObject AskingKey { get; init; } = [];
}
