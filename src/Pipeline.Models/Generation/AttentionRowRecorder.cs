using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>Keeps the rows of all layers and heads as they come: one tensor per pass. For analysis; memory grows with layers × heads.</summary>
public sealed class AttentionRowRecorder : AttentionRowSink, IDisposable
{
    private readonly List<Tensor> _layers = [];
    private readonly List<Tensor> _passes = [];

    /// <summary>First layer of interest; 0 by default.</summary>
    public int FirstLayer { get; init; }

    /// <summary>Number of layers of interest; a pass is complete when all have reported.</summary>
    public required int Layers { get; init; }

    /// <summary>Completed passes in order, each [layers, B, heads, queries, keys] on the CPU; they stay the recorder's.</summary>
    public IReadOnlyList<Tensor> Passes => _passes;

    /// <inheritdoc/>
    public override bool Wants(int layer) => layer >= FirstLayer && layer < FirstLayer + Layers;

    /// <inheritdoc/>
    public override void Add(int layer, Tensor rows)
    {
        _layers.Add(rows.detach().cpu().DetachFromDisposeScope());
        if (_layers.Count == Layers)
        {
            _passes.Add(stack([.. _layers], 0).DetachFromDisposeScope());
            DisposeAll(_layers);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeAll(_layers);
        DisposeAll(_passes);
    }

    private static void DisposeAll(List<Tensor> tensors)
    {
        tensors.ForEach(t => t.Dispose());
        tensors.Clear();
    }
}
