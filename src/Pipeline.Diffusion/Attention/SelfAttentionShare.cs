using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// Unified attention control on self-attention (InfEdit): first the structure of the source, then its appearance for the layout branch.
/// <list type="bullet">
/// <item>In the window: target and mutual branches take the queries and keys of the source; the target keeps its values, the mutual branch takes the source's.</item>
/// <item>After it: the mutual branch takes the queries of its target and the keys and values of the source; the target is left alone.</item>
/// </list>
/// </summary>
/// <remarks>
/// S. Xu et al., "Inversion-Free Image Editing with Natural Language", 2023 (arXiv:2312.04965), section 4; the appearance transfer is that of M. Cao et al., "MasaCtrl", 2023 (arXiv:2304.08465).
/// All resolutions, both halves of guidance. Where a source scale of 1 left out the source's unconditional row, the unconditional half takes the source's
/// conditional row: before the first cross-attention the two are equal, and leaving the half alone would subtract the source's structure under guidance. Sharing q and k equals sharing the
/// map, but keeps attention fused.
/// </remarks>
public sealed class SelfAttentionShare : IAttentionControl, IDisposable
{
    private readonly StepWindow structure;
    private readonly RowShare early;
    private readonly RowShare late;

    /// <summary>Builds the row tables of a layout.</summary>
    /// <param name="layout">Which row is which branch.</param>
    /// <param name="structure">Steps of the structure phase; all later ones belong to the appearance phase.</param>
    public SelfAttentionShare(BranchLayout layout, StepWindow structure)
    {
        this.structure = structure;
        int[] own = [.. Enumerable.Range(0, layout.Rows.Count)];
        (int[] sourceQk, int[] mutualV, int[] targetQ, int[] sourceKv) = ((int[])own.Clone(), (int[])own.Clone(), (int[])own.Clone(), (int[])own.Clone());
        for (int row = 0; row < own.Length; row++)
        {
            (int branch, GuidanceHalf half) = layout.Rows[row];
            if (layout.Branches[branch].Kind == BranchKind.Source)
            {
                continue;
            }

            int source = layout.RowOrConditional(layout.SourceOf(branch), half);
            sourceQk[row] = source;
            if (layout.Branches[branch].Kind == BranchKind.Mutual)
            {
                mutualV[row] = sourceKv[row] = source;
                targetQ[row] = layout.RowOrConditional(layout.Partner(branch, BranchKind.Target), half);
            }
        }

        early = new RowShare(sourceQk, sourceQk, mutualV);
        late = new RowShare(targetQ, sourceKv, sourceKv);
    }

    /// <inheritdoc />
    public bool WantsSelfQkv(in AttentionCall call) => !Phase(call).IsIdentity;

    /// <inheritdoc />
    public (Tensor Query, Tensor Key, Tensor Value) OnSelfQkv(in AttentionCall call, Tensor query, Tensor key, Tensor value) => Phase(call).Apply(query, key, value);

    /// <summary>Frees the index tensors.</summary>
    public void Dispose()
    {
        early.Dispose();
        late.Dispose();
    }

    private RowShare Phase(in AttentionCall call) => structure.Contains(call.Step) ? early : late;
}
