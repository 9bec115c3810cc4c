namespace Pipeline.Methods.Emotions;

/// <summary>One category of the taxonomy.</summary>
/// <param name="Id">Position in the fixed order of 27; written into results, never renumbered.</param>
/// <param name="Noun">The label, e.g. <c>sadness</c>. Lower case, unique.</param>
/// <param name="Adjective">The form used inside prompts, e.g. <c>sad</c>.</param>
/// <param name="Polarity">Pleasant, unpleasant, or either.</param>
public sealed record Emotion(int Id, string Noun, string Adjective, Polarity Polarity)
{
    /// <inheritdoc/>
    public override string ToString() => Noun;
}
