namespace Pipeline.Methods.Prompting;

/// <summary>What is known about where things are, beyond the boxes of the stimuli.</summary>
/// <param name="Attention">By phrase (see <see cref="Stimulus.LocatingPhrase"/>), the summed attention of its tokens; a phrase may be missing.</param>
/// <param name="Neutral">Mean attention of the generated tokens that belong to no phrase: divides out cells that every token looks at. Null: not known.</param>
/// <param name="Grounding">A segmenter's view of the picture, or null.</param>
public sealed record StimulusEvidence(IReadOnlyDictionary<string, AttentionGrid> Attention, AttentionGrid? Neutral, IGroundedPicture? Grounding)
{
    /// <summary>Nothing beyond the boxes.</summary>
    public static StimulusEvidence None { get; } = new(new Dictionary<string, AttentionGrid>(), null, null);
}
