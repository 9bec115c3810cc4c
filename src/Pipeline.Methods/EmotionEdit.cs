using Pipeline.Imaging.Masks;

namespace Pipeline.Methods;

/// <summary>One wanted edit of a picture.</summary>
/// <param name="Emotion">The emotion, for the result.</param>
/// <param name="TargetPrompt">P_E, the picture as it should become.</param>
/// <param name="Stimulus">M_E, 1 = may change, of any size (it covers the whole picture); null where no stimulus was located.</param>
/// <param name="Intensity">a in (0, 1]: scales the guidance, w_t := 1 + a (w_t - 1), and the mask, m := m min(1, 0.5 + a/2). Default 1.</param>
/// <param name="Seed">Own seed (variants), or null for the request's.</param>
public sealed record EmotionEdit(string Emotion, string TargetPrompt, MaskImage? Stimulus, double Intensity = 1, long? Seed = null)
{
    /// <summary>Phrases of the target prompt that name the stimuli: where no map is given their cross-attention finds the region.</summary>
    public IReadOnlyList<string> TargetPhrases { get; init; } = [];

    /// <summary>Phrases of the source prompt that name what the stimuli replace; their region joins that of the target phrases.</summary>
    public IReadOnlyList<string> SourcePhrases { get; init; } = [];
}
