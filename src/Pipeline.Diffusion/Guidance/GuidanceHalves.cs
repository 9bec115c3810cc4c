using static TorchSharp.torch;

namespace Pipeline.Diffusion.Guidance;

/// <summary>Both predictions of one picture's branches, for a guidance of its own.</summary>
/// <param name="Unconditional">e_u [B, C, h, w]; where a branch has no unconditional row, its conditional prediction.</param>
/// <param name="Conditional">e_c [B, C, h, w].</param>
/// <param name="Scales">w of each branch.</param>
/// <remarks>Float32 or wider. The tensors belong to whoever made the record and live until the call that received it returns.</remarks>
public sealed record GuidanceHalves(Tensor Unconditional, Tensor Conditional, IReadOnlyList<double> Scales);
