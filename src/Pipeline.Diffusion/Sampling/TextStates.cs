using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>A prompt as the denoiser reads it.</summary>
/// <param name="States">Text states [1, L, X], padding included.</param>
/// <param name="Tokens">Token ids without padding, with start and end token; at most L.</param>
/// <param name="Truncated">Whether the prompt was longer than the context.</param>
public sealed record TextStates(Tensor States, IReadOnlyList<int> Tokens, bool Truncated);
