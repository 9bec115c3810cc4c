using Pipeline.Diffusion.Attention;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>Feeds the value projections of chosen batch rows with what the mapping networks make of their text; keys, and all other rows, keep the text.</summary>
/// <remarks>S. Li et al., 2023 (arXiv:2303.15649), section 3.2: the source takes M_t in every step, a target while step &lt; N tau_v; conditional rows only. Holds no tensors of its own.</remarks>
/// <param name="path">How outputs become inputs of the projection.</param>
/// <param name="outputs">Output of the network of each step [1, channels, X], noisiest first; belong to the caller.</param>
/// <param name="rows">In which steps each row takes them; rows that are absent never do.</param>
/// <param name="skipped">Steps of the full list that a run of strength below 1 leaves out: step k takes output k + skipped.</param>
public sealed class ValuePathControl(ValuePath path, IReadOnlyList<Tensor> outputs, IReadOnlyDictionary<int, StepWindow> rows, int skipped = 0) : IAttentionControl
{
    /// <inheritdoc />
    public bool WantsValueContext(in AttentionCall call)
    {
        foreach (StepWindow window in rows.Values)
        {
            if (window.Contains(call.Step))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public Tensor OnValueContext(in AttentionCall call, Tensor context) // [rows, L, X]
    {
        int step = call.Step;
        if (step + skipped >= outputs.Count)
        {
            throw new DiffusionException($"there are mapping networks for {outputs.Count} steps, none for step {step + skipped}: edit with as many steps as were trained");
        }

        using var scope = NewDisposeScope();
        Tensor output = outputs[step + skipped];
        Tensor[] pieces = [.. Enumerable.Range(0, (int)context.shape[0]).Select(row =>
        {
            Tensor own = context.narrow(0, row, 1);
            return rows.TryGetValue(row, out StepWindow window) && window.Contains(step) ? ValueInput.Of(path, own, output.to(own.dtype, own.device)) : own;
        })];
        return cat(pieces).MoveToOuterDisposeScope();
    }
}
