using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>Averages the rows over heads and over a range of layers as they come: [B, queries, keys], whatever the depth of the model.</summary>
public sealed class AttentionRowMean(int firstLayer, int lastLayer) : AttentionRowSink, IDisposable
{
    private Tensor? _sum;
    private int _count;

    /// <summary>The average so far, fp32 [B, queries, keys], the caller's.</summary>
    /// <exception cref="InvalidOperationException">No layer has reported.</exception>
    public Tensor Mean() => _sum is null
        ? throw new InvalidOperationException($"No layer of {firstLayer}…{lastLayer} has reported attention rows.")
        : _sum / (double)_count;

    /// <inheritdoc/>
    public override bool Wants(int layer) => layer >= firstLayer && layer <= lastLayer;

    /// <inheritdoc/>
    public override void Add(int layer, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var mean = rows.to(ScalarType.Float32).mean([1]);                           // [B, queries, keys]
        var sum = _sum is null ? mean : _sum + mean;
        _sum?.Dispose();
        _sum = sum.DetachFromDisposeScope();
        _count++;
    }

    /// <inheritdoc/>
    public void Dispose() => _sum?.Dispose();
}
