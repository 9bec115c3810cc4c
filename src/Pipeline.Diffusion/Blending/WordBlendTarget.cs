using Pipeline.Diffusion.Attention;

namespace Pipeline.Diffusion.Blending;

/// <summary>One target of <see cref="WordBlend"/>.</summary>
/// <param name="Branch">Index of the target branch in the layout.</param>
/// <param name="SourceBranch">Index of its source branch.</param>
/// <param name="Tokens">Positions of the words in the target prompt.</param>
/// <param name="SourceTokens">Positions of the words they replace in the source prompt; may be empty.</param>
/// <param name="Mask">A known mask at latent size, which is then used instead of the words.</param>
/// <param name="Threshold">Share of the maximum that counts as the word's place. Default 0.3 (Prompt-to-Prompt's code).</param>
/// <param name="Strength">Factor on the mask in [0, 1]. Default 1.</param>
public sealed record WordBlendTarget(
    int Branch,
    int SourceBranch,
    IReadOnlyList<int> Tokens,
    IReadOnlyList<int> SourceTokens,
    SpatialMap? Mask = null,
    double Threshold = WordMask.DefaultThreshold,
    double Strength = 1);
