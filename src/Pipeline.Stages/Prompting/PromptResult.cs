using Pipeline.Imaging.Masks;

namespace Pipeline.Stages.Prompting;

/// <summary>Prompts and region of one edit.</summary>
/// <param name="Record">What is handed on.</param>
/// <param name="Map">The stimulus map; null where the editor has to find the region itself.</param>
public sealed record PromptResult(PromptRecord Record, MaskImage? Map);
