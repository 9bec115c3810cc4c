using Pipeline.Diffusion.Sampling;

namespace Pipeline.Methods.Baselines;

/// <summary>One emotion of a request, prepared.</summary>
/// <param name="Index">Position in the request.</param>
/// <param name="Edit">What was asked.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Guidance">w after the intensity rule.</param>
/// <param name="Text">States of its prompt; belong to the edit.</param>
public sealed record BaselineJob(int Index, EmotionEdit Edit, long Seed, double Guidance, TextStates Text);
