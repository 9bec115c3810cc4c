using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Stages.Scoring;

/// <summary>An edit to score.</summary>
/// <param name="Source">The picture before.</param>
/// <param name="Edited">The picture after.</param>
/// <param name="Mask">What was to change, of the edited picture's size; null where there is none.</param>
/// <param name="SourcePrompt">P_src; may be empty.</param>
/// <param name="TargetPrompt">P_E.</param>
/// <param name="Emotion">The wanted emotion.</param>
/// <param name="Wanted">Names of metrics; null for all.</param>
public sealed record ScoreInput(RgbImage Source, RgbImage Edited, MaskImage? Mask, string SourcePrompt, string TargetPrompt, string Emotion, IReadOnlyList<string>? Wanted);
