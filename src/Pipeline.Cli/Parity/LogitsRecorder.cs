using Pipeline.Models.Generation;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>Keeps the logits of every step of a generation.</summary>
internal sealed class LogitsRecorder : IGenerationObserver, IDisposable
{
    private readonly List<Tensor> _steps = [];

    public void OnLogits(int step, Tensor logits) => _steps.Add(logits.cpu().clone().DetachFromDisposeScope());

    /// <summary>All steps, [rows, steps, vocabulary]; the caller owns it.</summary>
    public Tensor All() => stack([.. _steps], 1);

    public void Dispose() => _steps.ForEach(s => s.Dispose());
}
