using Pipeline.Diffusion.Branches;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>One branch of a picture with its text.</summary>
/// <param name="Kind">Its role.</param>
/// <param name="Target">Which target it is or serves, from 0; -1 for the source.</param>
/// <param name="GuidanceScale">w; 1 needs no unconditional pass.</param>
/// <param name="Conditional">Text states of its prompt [1, L, X]; belongs to the caller.</param>
/// <param name="Unconditional">Text states that guidance leads away from [1, L, X]; belongs to the caller; null only where no unconditional row is computed.</param>
/// <param name="KeepUnconditional">Computes the unconditional row even at w = 1.</param>
public sealed record EditBranch(
    BranchKind Kind, int Target, double GuidanceScale, Tensor Conditional, Tensor? Unconditional = null, bool KeepUnconditional = false);
