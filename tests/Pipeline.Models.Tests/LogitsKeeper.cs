using Pipeline.Models.Generation;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests;

/// <summary>Keeps the logits of every step.</summary>
internal sealed class LogitsKeeper : IGenerationObserver, IDisposable
{
    private readonly List<Tensor> _steps = [];

    public void OnLogits(int step, Tensor logits) => _steps.Add(logits.clone().DetachFromDisposeScope());

    /// <summary>[rows, steps, vocabulary].</summary>
    public Tensor All() => stack([.. _steps], 1);

    public void Dispose() => _steps.ForEach(s => s.Dispose());
}
