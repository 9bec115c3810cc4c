using Pipeline.Diffusion.Sampling;

namespace Pipeline.Methods.Moodifier;

/// <summary>The texts that all emotions of a picture share; their states belong to the edit.</summary>
/// <param name="Source">P_src.</param>
/// <param name="Positive">Unconditional text of source and mutual branches.</param>
/// <param name="Negative">Unconditional text of targets.</param>
/// <param name="Empty">The empty prompt, from which inversions that run the model guide the source; null for virtual inversion.</param>
internal sealed record SharedTexts(TextStates Source, TextStates Positive, TextStates Negative, TextStates? Empty);
