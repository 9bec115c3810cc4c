using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>A part of the UNet between two points at which a backward pass may be cut: what goes in and out are the hidden state and the skips.</summary>
/// <param name="ReadsText">Whether it has cross-attention.</param>
/// <param name="Run">
/// Hidden state, pass and skips to the next hidden state. Takes its skips from the stack or puts its own there, never both; may dispose what it was given once it is used.
/// </param>
internal sealed record UNetSegment(bool ReadsText, Func<Tensor, UNetCall, Stack<Tensor>, Tensor> Run);
