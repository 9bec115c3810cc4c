namespace Pipeline.Methods.Prompting;

/// <summary>What an answer of the multimodal model says, validated. Lists are ordered by importance, then by phrase, so that the order of an answer does not matter.</summary>
/// <param name="Status">How it was understood. <see cref="ParseStatus.Strict"/> if and only if <paramref name="Notes"/> is empty.</param>
/// <param name="SourceCaption">The scene without emotion; empty where the answer has none.</param>
/// <param name="TargetCaption">The scene rewritten for the emotion; empty where the answer has none.</param>
/// <param name="Stimuli">At most <see cref="AnswerLimits.MaxStimuli"/>.</param>
/// <param name="Keep">What must stay.</param>
/// <param name="OverallEmotion">One sentence; may be empty.</param>
/// <param name="Notes">Every repair, drop and assumption.</param>
public sealed record ParsedAnswer(
    ParseStatus Status,
    string SourceCaption,
    string TargetCaption,
    IReadOnlyList<Stimulus> Stimuli,
    IReadOnlyList<KeptRegion> Keep,
    string OverallEmotion,
    IReadOnlyList<ParseNote> Notes)
{
    /// <summary>False where the answer gave nothing to work with and the question should be asked again.</summary>
    public bool IsUsable => Status != ParseStatus.Fallback;
}
