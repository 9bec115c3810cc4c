using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Blending;

/// <summary>Prompt-to-Prompt's local blend: outside the region of its words a target's latent is the source's, z_b := z_src + mask (z_b - z_src).</summary>
/// <remarks>
/// A. Hertz et al., 2022 (arXiv:2208.01626), local editing; official code. The mask of a target is that of its own words or the source's words; words to subtract are thresholded without the pooling and
/// taken out. Masks are hard: with samplers whose branches do not share noise, soft masks would lose variance.
/// </remarks>
public sealed class LocalBlend(CrossMapAccumulator maps, LocalBlendWords source, IReadOnlyList<LocalBlendWords> targets, LocalBlendOptions options) : ILatentBlend
{
    /// <summary>Masks of the latest blended step, source first, then the targets: grown word masks, each joined with the source's.</summary>
    public IReadOnlyList<SpatialMap> Masks { get; private set; } = [];

    /// <summary>The same for the words that are taken out; empty where there are none.</summary>
    public IReadOnlyList<SpatialMap> Subtracted { get; private set; } = [];

    /// <inheritdoc />
    public BranchState Apply(BranchState state, int k)
    {
        if (k < options.FromStep)
        {
            return state;
        }

        using var scope = NewDisposeScope();
        (int height, int width) = ((int)state.Latents.shape[2], (int)state.Latents.shape[3]);
        LocalBlendWords[] branches = [source, .. targets];
        Masks = Joined(branches, w => w.Tokens, options.Threshold, true, height, width);
        Subtracted = branches.Any(w => w.Subtract.Count > 0) ? Joined(branches, w => w.Subtract, options.SubtractThreshold, false, height, width) : [];
        float[] mask = [.. branches.SelectMany((_, b) => Subtracted.Count == 0 ? Masks[b].Values : Masks[b].Values.Zip(Subtracted[b].Values, (m, s) => m * (1 - s)))];
        Tensor stacked = tensor(mask, [branches.Length, 1, height, width]).to(state.Latents.dtype, state.Latents.device);
        Tensor origin = state.Latents.narrow(0, 0, 1);
        Tensor blended = origin + stacked * (state.Latents - origin);
        state.Latents.Dispose();
        return state with { Latents = blended.MoveToOuterDisposeScope() };
    }

    /// <summary>Nothing to free: the accumulator belongs to the caller.</summary>
    public void Dispose()
    {
    }

    private SpatialMap[] Joined(LocalBlendWords[] branches, Func<LocalBlendWords, IReadOnlyList<int>> words, double threshold, bool pool, int height, int width)
    {
        SpatialMap[] own = [.. branches.Select(b =>
        {
            using Tensor attention = maps.Mean(b.Branch);
            return WordMask.Of(attention, maps.Height, maps.Width, words(b), height, width, threshold, pool);
        })];
        return [.. own.Select(m => WordMask.Union(own[0], m))];
    }
}
