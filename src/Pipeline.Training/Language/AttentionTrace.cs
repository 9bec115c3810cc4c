using Pipeline.Models.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Language;

/// <summary>Keeps the attention of a range of layers, mean over heads, with its gradients. Owns its tensors.</summary>
/// <param name="first">First layer.</param>
/// <param name="last">Last layer.</param>
internal sealed class AttentionTrace(int first, int last) : AttentionRowSink, IDisposable
{
    private readonly List<Tensor> _layers = [];

    /// <inheritdoc />
    public override bool Wants(int layer) => layer >= first && layer <= last;

    /// <inheritdoc />
    public override void Add(int layer, Tensor rows) => _layers.Add(rows.mean([1]).DetachFromDisposeScope()); // [B, queries, keys]

    /// <summary>Mean over the layers [B, queries, keys]; the caller's.</summary>
    public Tensor Mean()
    {
        using DisposeScope scope = NewDisposeScope();
        return stack([.. _layers], 0).mean([0]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose() => _layers.ForEach(t => t.Dispose());
}
