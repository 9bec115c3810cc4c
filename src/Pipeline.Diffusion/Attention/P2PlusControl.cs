using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// P2Plus: Prompt-to-Prompt's self-attention replacement in the conditional half for the first steps, and in the unconditional half as well for steps of its own.
/// </summary>
/// <remarks>
/// S. Li et al., "StyleDiffusion: Prompt-Embedding Inversion for Text-Based Editing", 2023 (arXiv:2303.15649), section 3.3. With w above 1 the unconditional prediction enters guidance with the weight
/// 1 - w below 0, so giving it the source's structure takes source structure out of the target. Works with every inversion; the source needs its unconditional row
/// (<see cref="Branch.KeepUnconditional"/>) wherever the unconditional window is not empty.
/// </remarks>
public sealed class P2PlusControl : IAttentionControl, IDisposable
{
    private readonly SelfAttentionReplace conditional;
    private readonly SelfAttentionReplace? unconditional;

    /// <summary>Replaces in both halves.</summary>
    /// <param name="layout">Which row is which branch.</param>
    /// <param name="conditional">Steps of the conditional half, [0, int(N tau_s)).</param>
    /// <param name="unconditional">Steps of the unconditional half, [0, int(N tau_u)); empty is plain Prompt-to-Prompt.</param>
    /// <param name="maxTokens">Largest layer. Default 32 x 32.</param>
    /// <exception cref="DiffusionException">The unconditional window has steps, but the layout has no unconditional row of a source.</exception>
    public P2PlusControl(BranchLayout layout, StepWindow conditional, StepWindow unconditional, int maxTokens = 32 * 32)
    {
        this.conditional = new SelfAttentionReplace(layout, conditional, GuidanceHalf.Conditional, maxTokens);
        this.unconditional = unconditional.Until > unconditional.From
            ? new SelfAttentionReplace(layout, unconditional, GuidanceHalf.Unconditional, maxTokens)
            : null;
    }

    /// <inheritdoc />
    public bool WantsSelfQkv(in AttentionCall call) => conditional.WantsSelfQkv(call) || unconditional?.WantsSelfQkv(call) == true;

    /// <inheritdoc />
    public (Tensor Query, Tensor Key, Tensor Value) OnSelfQkv(in AttentionCall call, Tensor query, Tensor key, Tensor value)
    {
        if (conditional.WantsSelfQkv(call))
        {
            (query, key, value) = conditional.OnSelfQkv(call, query, key, value);
        }

        return unconditional?.WantsSelfQkv(call) == true ? unconditional.OnSelfQkv(call, query, key, value) : (query, key, value);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        conditional.Dispose();
        unconditional?.Dispose();
    }
}
