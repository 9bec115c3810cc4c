namespace Pipeline.Diffusion.Blending;

/// <summary>The words of one branch that <see cref="LocalBlend"/> looks for.</summary>
/// <param name="Branch">Index of the branch in the layout.</param>
/// <param name="Tokens">Positions of the words that may change.</param>
/// <param name="Subtract">Positions of the words that must not; empty for none.</param>
public sealed record LocalBlendWords(int Branch, IReadOnlyList<int> Tokens, IReadOnlyList<int> Subtract);
