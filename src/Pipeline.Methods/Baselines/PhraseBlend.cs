using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>Prompt-to-Prompt's local blend, target by target, each with the source words that it replaces: several edits of one picture have regions of their own. A target without phrases stays free.</summary>
/// <param name="maps">Summed attention; belongs to the caller.</param>
/// <param name="targets">Words of the targets in rows 1..K; <see cref="LocalBlendWords.Subtract"/> holds the positions in the source prompt.</param>
/// <param name="options">Threshold and first step.</param>
internal sealed class PhraseBlend(CrossMapAccumulator maps, IReadOnlyList<LocalBlendWords> targets, LocalBlendOptions options) : ILatentBlend
{
    public BranchState Apply(BranchState state, int k)
    {
        if (k < options.FromStep)
        {
            return state;
        }

        using var scope = NewDisposeScope();
        (int height, int width) = ((int)state.Latents.shape[2], (int)state.Latents.shape[3]);
        Tensor source = state.Latents.narrow(0, 0, 1);
        Tensor[] rows = [source, .. targets.Select(target => Blended(target, source, state.Latents.narrow(0, target.Branch, 1), height, width))];
        Tensor blended = cat(rows);
        state.Latents.Dispose();
        return state with { Latents = blended.MoveToOuterDisposeScope() };
    }

    public void Dispose()
    {
    }

    private Tensor Blended(LocalBlendWords target, Tensor source, Tensor own, int height, int width)
    {
        if (target.Tokens.Count == 0)
        {
            return own;
        }

        SpatialMap mask = Mask(target.Branch, target.Tokens, height, width);
        mask = target.Subtract.Count > 0 ? WordMask.Union(mask, Mask(0, target.Subtract, height, width)) : mask;
        return source + tensor(mask.Values, [1, 1, height, width]).to(own.dtype, own.device) * (own - source);
    }

    private SpatialMap Mask(int branch, IReadOnlyList<int> tokens, int height, int width)
    {
        using Tensor attention = maps.Mean(branch);
        return WordMask.Of(attention, maps.Height, maps.Width, tokens, height, width, options.Threshold);
    }
}
