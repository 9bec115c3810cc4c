using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>What the parts of a mapping network give, each [B, channels, X].</summary>
/// <param name="Start">After <c>conv_start</c>.</param>
/// <param name="Block">After <c>conv_block</c>: convolution, normalisation, activation.</param>
/// <param name="End">After <c>conv_end</c>: the output.</param>
public sealed record MappingStages(Tensor Start, Tensor Block, Tensor End);
