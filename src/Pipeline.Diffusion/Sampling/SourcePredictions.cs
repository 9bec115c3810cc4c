using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>
/// What the model predicted for the source rows of one picture, step by step. With shared noise they depend on picture, source prompt, source guidance and seed alone, so later batches of the same picture need not run them again
/// in steps where no control reads the source. Owns its tensors; not for several threads at once.
/// </summary>
public sealed class SourcePredictions : IDisposable
{
    private readonly Dictionary<int, Tensor> steps = [];

    /// <summary>Predictions of the source rows [1 or 2, C, h, w] at a step, in the order of the layout; null where they are not known. Belongs to this object.</summary>
    public Tensor? At(int step) => steps.GetValueOrDefault(step);

    /// <summary>Keeps a copy of a step's predictions, if there is none.</summary>
    public void Keep(int step, Tensor rows)
    {
        if (!steps.ContainsKey(step))
        {
            steps[step] = rows.detach().clone().DetachFromDisposeScope();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor rows in steps.Values)
        {
            rows.Dispose();
        }

        steps.Clear();
    }
}
