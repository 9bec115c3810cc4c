namespace Pipeline.Diffusion.Blending;

/// <summary>Settings of <see cref="LocalBlend"/>.</summary>
/// <param name="Threshold">Share of a branch's maximum that counts as the words' place. Default 0.3.</param>
/// <param name="SubtractThreshold">The same for the words that are taken out. Default 0.3.</param>
/// <param name="FromStep">First step that is blended, int(0.2 N) in the null-text version of the code, 0 in the first one. Default 0.</param>
public sealed record LocalBlendOptions(double Threshold = 0.3, double SubtractThreshold = 0.3, int FromStep = 0);
