using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Blending;

/// <summary>Holds each target on its base outside a soft latent mask: z_tgt becomes z_base + m (z_tgt - z_base), and x0_tgt becomes z_0 + m (x0_tgt - z_0).</summary>
/// <remarks>
/// Moodifier: "the emotion stimulus maps M_E smoothly blend source and target latents only in regions that should express the target emotion". Blending the predicted x_0 as well is ours: the
/// published pipelines decode the unblended prediction of the last step, so their background is not kept. With shared noise z_tgt - z_src is sqrt(alphaBar) (x0_tgt - z_0), hence
/// soft masks lose no variance; this does not hold for samplers whose branches draw their own noise.
/// </remarks>
public sealed class StimulusBlend : ILatentBlend
{
    private readonly Tensor z0; // [1, C, h, w]
    private readonly Tensor masks; // [K, 1, h, w]
    private readonly int baseRow;
    private readonly int fromStep;

    /// <summary>Blends the targets in rows 1..K of a group.</summary>
    /// <param name="latent">z_0 [1, C, h, w]. Copied.</param>
    /// <param name="masks">One mask a target at latent size [K, 1, h, w], values in [0, 1]. Copied.</param>
    /// <param name="baseRow">First row of the bases: 0 takes the source for all targets, K + 1 the mutual branch of each.</param>
    /// <param name="fromStep">First step whose latents are blended; x_0 is blended in all. Default 1, so that the first step stays free.</param>
    public StimulusBlend(Tensor latent, Tensor masks, int baseRow = 0, int fromStep = 1)
    {
        if (masks.dim() != 4 || masks.shape[1] != 1 || masks.shape[2] != latent.shape[2] || masks.shape[3] != latent.shape[3])
        {
            throw new DiffusionException(
                $"masks must be [K, 1, {latent.shape[2]}, {latent.shape[3]}] for this latent, got [{string.Join(", ", masks.shape)}]");
        }

        z0 = latent.detach().clone().DetachFromDisposeScope();
        this.masks = masks.detach().to(latent.dtype, latent.device, true).DetachFromDisposeScope();
        this.baseRow = baseRow;
        this.fromStep = fromStep;
    }

    /// <inheritdoc />
    public BranchState Apply(BranchState state, int k)
    {
        using var scope = NewDisposeScope();
        long targets = masks.shape[0];
        Tensor z = state.Latents, x0 = state.Predicted;
        Tensor kept = k < fromStep ? z : Replace(z, z.narrow(0, baseRow, baseRow == 0 ? 1 : targets), targets);
        Tensor predicted = Replace(x0, z0, targets);
        return new BranchState(Own(kept, z), Own(predicted, x0));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        z0.Dispose();
        masks.Dispose();
    }

    // rows 1..K become base + m (row - base)
    private Tensor Replace(Tensor rows, Tensor origin, long targets)
    {
        Tensor target = rows.narrow(0, 1, targets);
        Tensor blended = origin + masks * (target - origin);
        long rest = rows.shape[0] - 1 - targets;
        return rest == 0
            ? cat([rows.narrow(0, 0, 1), blended])
            : cat([rows.narrow(0, 0, 1), blended, rows.narrow(0, 1 + targets, rest)]);
    }

    private static Tensor Own(Tensor result, Tensor given)
    {
        if (ReferenceEquals(result, given))
        {
            return given;
        }

        given.Dispose();
        return result.MoveToOuterDisposeScope();
    }
}
