using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>Prompt-to-Prompt on cross-attention: in every step M = alpha_time f(M_src, M_tgt) + (1 - alpha_time) M_tgt, word by word.</summary>
/// <remarks>
/// A. Hertz et al., "Prompt-to-Prompt Image Editing with Cross Attention Control", 2022 (arXiv:2208.01626), Algorithm 1. Conditional rows only; a step in which no word is replaced runs fused attention.
/// </remarks>
public sealed class PromptToPromptControl : IAttentionControl, IDisposable
{
    private readonly Dictionary<int, (int SourceRow, PromptToPromptTarget Target)> rows = [];

    /// <summary>Takes over the targets' edits.</summary>
    public PromptToPromptControl(BranchLayout layout, IEnumerable<PromptToPromptTarget> targets)
    {
        foreach (PromptToPromptTarget target in targets)
        {
            int source = layout.Row(layout.SourceOf(target.Branch), GuidanceHalf.Conditional);
            rows.Add(layout.Row(target.Branch, GuidanceHalf.Conditional), (source, target));
        }
    }

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call)
    {
        foreach ((int _, PromptToPromptTarget target) in rows.Values)
        {
            if (target.Schedule.IsActive(call.Step))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map) // [rows, heads, T, L]
    {
        using var scope = NewDisposeScope();
        Tensor[] pieces = new Tensor[map.shape[0]];
        for (int row = 0; row < pieces.Length; row++)
        {
            Tensor own = map.narrow(0, row, 1);
            pieces[row] = rows.TryGetValue(row, out (int SourceRow, PromptToPromptTarget Target) edit)
                ? Mix(edit.Target, map.narrow(0, edit.SourceRow, 1), own, call.Step)
                : own;
        }

        return cat(pieces).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((int _, PromptToPromptTarget target) in rows.Values)
        {
            target.Edit.Dispose();
        }
    }

    private static Tensor Mix(PromptToPromptTarget target, Tensor source, Tensor own, int step)
    {
        Tensor alpha = tensor(target.Schedule.Row(step).ToArray()).to(own.dtype, own.device); // [L]
        return target.Edit.Apply(source, own) * alpha + own * (1.0 - alpha);
    }
}
