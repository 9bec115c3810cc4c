using System.Text.Json.Serialization;

namespace Pipeline.Methods.Baselines;

/// <summary>How a target's attention is made from the source's.</summary>
public enum PromptEditKind
{
    /// <summary>A word swap where both prompts have as many words, refinement elsewhere, as StyleDiffusion's authors advise.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>Word swap: prompts need as many words.</summary>
    [JsonStringEnumMemberName("replace")]
    Replace,

    /// <summary>Refinement: shared words keep the source's attention.</summary>
    [JsonStringEnumMemberName("refine")]
    Refine,
}
