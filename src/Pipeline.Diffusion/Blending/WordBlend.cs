using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Blending;

/// <summary>
/// A <see cref="StimulusBlend"/> whose masks are found while editing, from the cross-attention of the target's words: the fallback where no stimulus map is known.
/// </summary>
/// <remarks>Mask of <see cref="WordMask"/> over the maps summed up to the step; targets without words keep the mask given for them.</remarks>
public sealed class WordBlend : ILatentBlend
{
    private readonly Tensor z0;
    private readonly CrossMapAccumulator maps;
    private readonly IReadOnlyList<WordBlendTarget> targets;
    private readonly int baseRow;
    private readonly int fromStep;
    private readonly SpatialMap[] current;

    /// <summary>Blends the targets in rows 1..K of a group; parameters as in <see cref="StimulusBlend"/>.</summary>
    public WordBlend(Tensor latent, CrossMapAccumulator maps, IReadOnlyList<WordBlendTarget> targets, int baseRow = 0, int fromStep = 1)
    {
        z0 = latent.detach().clone().DetachFromDisposeScope();
        this.maps = maps;
        this.targets = targets;
        this.baseRow = baseRow;
        this.fromStep = fromStep;
        current = [.. targets.Select(t => t.Mask ?? SpatialMap.Constant((int)latent.shape[2], (int)latent.shape[3], 1))];
    }

    /// <summary>The masks of the latest step, one a target, at latent size.</summary>
    public IReadOnlyList<SpatialMap> Masks => current;

    /// <inheritdoc />
    public BranchState Apply(BranchState state, int k)
    {
        using var scope = NewDisposeScope();
        for (int i = 0; i < targets.Count; i++)
        {
            current[i] = targets[i].Mask ?? FromWords(targets[i]);
        }

        Tensor masks = stack(current.Select(m => tensor(m.Values).reshape(1, m.Height, m.Width))); // [K, 1, h, w]
        using var blend = new StimulusBlend(z0, masks, baseRow, fromStep);
        BranchState blended = blend.Apply(state, k);
        return new BranchState(blended.Latents.MoveToOuterDisposeScope(), blended.Predicted.MoveToOuterDisposeScope());
    }

    /// <summary>Frees the latent; the accumulator belongs to the caller.</summary>
    public void Dispose() => z0.Dispose();

    private SpatialMap FromWords(WordBlendTarget target)
    {
        (int height, int width) = ((int)z0.shape[2], (int)z0.shape[3]);
        using Tensor own = maps.Mean(target.Branch);
        SpatialMap mask = WordMask.Of(own, maps.Height, maps.Width, target.Tokens, height, width, target.Threshold);
        if (target.SourceTokens.Count > 0)
        {
            using Tensor source = maps.Mean(target.SourceBranch);
            mask = WordMask.Union(mask, WordMask.Of(source, maps.Height, maps.Width, target.SourceTokens, height, width, target.Threshold));
        }

        return mask.Scale(target.Strength);
    }
}
