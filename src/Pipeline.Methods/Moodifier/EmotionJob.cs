using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Sampling;

namespace Pipeline.Methods.Moodifier;

/// <summary>One emotion of a request with everything that its branches need, prepared once.</summary>
/// <param name="Index">Position in the request.</param>
/// <param name="Edit">What was asked.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Guidance">w_t after the intensity rule.</param>
/// <param name="Text">States of P_E; belong to the edit.</param>
/// <param name="Alignment">P_E aligned to P_src.</param>
/// <param name="Stimulus">M_E, or null where none is known.</param>
/// <param name="TargetTokens">Positions of the stimulus phrases in P_E.</param>
/// <param name="SourceTokens">Positions of what they replace in P_src.</param>
internal sealed record EmotionJob(
    int Index,
    EmotionEdit Edit,
    long Seed,
    double Guidance,
    TextStates Text,
    TokenAlignment Alignment,
    SpatialMap? Stimulus,
    IReadOnlyList<int> TargetTokens,
    IReadOnlyList<int> SourceTokens)
{
    /// <summary>Where its mask comes from.</summary>
    public MaskSource MaskSource => Stimulus is not null ? MaskSource.Stimulus : TargetTokens.Count > 0 ? MaskSource.CrossAttention : MaskSource.Global;
}
