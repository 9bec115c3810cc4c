using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// Prompt-to-Prompt on self-attention: targets take the source's maps, S_tgt := S_src, in layers of at most <see cref="MaxTokens"/> tokens. Done by taking the source's queries and keys, which
/// gives the same maps and keeps attention fused.
/// </summary>
/// <remarks>A. Hertz et al., 2022 (arXiv:2208.01626); the official code replaces in layers up to 32x32 tokens. In the unconditional half as well this is P2Plus of StyleDiffusion (arXiv:2303.15649).</remarks>
public sealed class SelfAttentionReplace : IAttentionControl, IDisposable
{
    private readonly StepWindow window;
    private readonly RowShare share;

    /// <summary>Replaces in one half of guidance.</summary>
    /// <param name="layout">Which row is which branch.</param>
    /// <param name="window">Steps, [int(N s0), int(N s1)) in the official code.</param>
    /// <param name="half">Which half. Default conditional.</param>
    /// <param name="maxTokens">Largest layer. Default 32 x 32.</param>
    /// <exception cref="DiffusionException">The half's source row was left out of the layout.</exception>
    public SelfAttentionReplace(BranchLayout layout, StepWindow window, GuidanceHalf half = GuidanceHalf.Conditional, int maxTokens = 32 * 32)
    {
        this.window = window;
        MaxTokens = maxTokens;
        int[] own = [.. Enumerable.Range(0, layout.Rows.Count)], sources = (int[])own.Clone();
        foreach (int branch in layout.Of(BranchKind.Target))
        {
            int row = layout.Row(branch, half);
            if (row >= 0)
            {
                int source = layout.Row(layout.SourceOf(branch), half);
                sources[row] = source >= 0
                    ? source
                    : throw new DiffusionException($"the source's {half} row was left out, but its self-attention is needed: keep it in the layout");
            }
        }

        share = new RowShare(sources, sources, own);
    }

    /// <summary>Largest layer in tokens.</summary>
    public int MaxTokens { get; }

    /// <inheritdoc />
    public bool WantsSelfQkv(in AttentionCall call) => call.Tokens <= MaxTokens && window.Contains(call.Step) && !share.IsIdentity;

    /// <inheritdoc />
    public (Tensor Query, Tensor Key, Tensor Value) OnSelfQkv(in AttentionCall call, Tensor query, Tensor key, Tensor value) => share.Apply(query, key, value);

    /// <inheritdoc />
    public void Dispose() => share.Dispose();
}
