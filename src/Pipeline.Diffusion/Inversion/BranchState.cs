using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>The latents of one picture's branches after a step.</summary>
/// <param name="Latents">z of every branch [B, C, h, w]; row 0 is the source.</param>
/// <param name="Predicted">The clean latent x_0 that the step predicts for every branch [B, C, h, w].</param>
/// <remarks>Whoever receives a state owns both tensors.</remarks>
public sealed record BranchState(Tensor Latents, Tensor Predicted);
