using Pipeline.Methods.Emotions;

namespace Pipeline.Methods.Prompting;

/// <summary>What an edit of one picture for one emotion starts from.</summary>
/// <param name="Emotion">The emotion.</param>
/// <param name="Source">P_src within the encoder's budget; may be empty.</param>
/// <param name="Target">P_E within the encoder's budget, and where its stimulus phrases stand.</param>
/// <param name="Map">M_E with the table of stimuli.</param>
/// <param name="Status">How the model's answer was understood; <see cref="ParseStatus.Strict"/> also where nothing had to be asked.</param>
/// <param name="Notes">Repairs of the answer.</param>
/// <param name="Asked">Questions put to the model: 0 where nothing had to be asked or there is no model, 2 where the first answer was of no use.</param>
/// <param name="RawAnswer">The last answer, cut to a limit; empty where nothing was asked.</param>
/// <param name="OverallEmotion">The model's sentence on the result; may be empty.</param>
public sealed record EmotionPrompts(
    Emotion Emotion,
    AssembledPrompt Source,
    AssembledPrompt Target,
    StimulusMap Map,
    ParseStatus Status,
    IReadOnlyList<ParseNote> Notes,
    int Asked,
    string RawAnswer,
    string OverallEmotion);
