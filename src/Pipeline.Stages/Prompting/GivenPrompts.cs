using Pipeline.Imaging.Masks;

namespace Pipeline.Stages.Prompting;

/// <summary>What a job line has decided about prompts and region; null leaves it to the model.</summary>
/// <param name="Domain">Domain of the style words.</param>
/// <param name="SourcePrompt">P_src.</param>
/// <param name="TargetPrompt">P_E.</param>
/// <param name="StimuliJson">Stimuli, as JSON text.</param>
/// <param name="Mask">Region, by the digest of its file.</param>
/// <param name="MaskImage">The region itself.</param>
public sealed record GivenPrompts(string? Domain, string? SourcePrompt, string? TargetPrompt, string? StimuliJson, string? Mask, MaskImage? MaskImage)
{
    /// <summary>Equal for job lines that ask the same.</summary>
    public string Key => $"{Domain}\n{SourcePrompt}\n{TargetPrompt}\n{StimuliJson}\n{Mask}";
}
