using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Prompting;

/// <summary>One thing in the picture that carries the emotion, and what it shall become.</summary>
/// <param name="SourcePhrase">2-5 words for what is visible now; empty for an addition.</param>
/// <param name="TargetPhrase">2-5 words for what is wanted; empty for a removal.</param>
/// <param name="Detail">One sentence on colours, materials, light, expression; may be empty.</param>
/// <param name="Boxes">Where it is; empty where the answer did not say.</param>
/// <param name="BoxUnit">The scale in which the answer gave the boxes.</param>
/// <param name="Importance">1 to 10.</param>
/// <param name="Action">Change, add or remove.</param>
/// <param name="IsGlobal">True for a stimulus that is the whole picture or its background.</param>
public sealed record Stimulus(
    string SourcePhrase,
    string TargetPhrase,
    string Detail,
    IReadOnlyList<UnitBox> Boxes,
    BoxUnit BoxUnit,
    double Importance,
    StimulusAction Action,
    bool IsGlobal)
{
    /// <summary>The phrase by which the stimulus is found in the picture: the target's for an addition, else the source's.</summary>
    public string LocatingPhrase => Action == StimulusAction.Add || SourcePhrase.Length == 0 ? TargetPhrase : SourcePhrase;
}
