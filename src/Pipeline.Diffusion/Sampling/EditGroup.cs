using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Inversion;

namespace Pipeline.Diffusion.Sampling;

/// <summary>One picture with all its branches.</summary>
/// <param name="Trajectory">The inverted picture; belongs to the caller.</param>
/// <param name="Branches">Source first, then targets 0..K-1, then mutual branches in the order of their targets.</param>
public sealed record EditGroup(ISourceTrajectory Trajectory, IReadOnlyList<EditBranch> Branches)
{
    /// <summary>Where the source's predictions are kept for later batches of the picture, and taken from; null where that is not wanted. Belongs to the caller.</summary>
    public SourcePredictions? Source { get; init; }

    /// <summary>What happens to the latents after every step, or null. Set after the batch exists, since blends may need its layout. Belongs to the caller.</summary>
    public ILatentBlend? Blend { get; set; }
}
