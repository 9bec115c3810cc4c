using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// Passes on another source's tensors and keeps a copy of each under its name. A network that is built from this source has told by that what its
/// checkpoint contains: <see cref="Write"/> makes one that the network's own loader reads.
/// </summary>
public sealed class RecordedWeights(WeightSource inner) : WeightSource, IDisposable
{
    private readonly SortedDictionary<string, Tensor> _taken = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public override Device Device => inner.Device;

    /// <inheritdoc />
    public override ScalarType Dtype => inner.Dtype;

    /// <inheritdoc />
    public override bool Trainable => inner.Trainable;

    /// <inheritdoc />
    public override bool Has(string name) => inner.Has(name);

    /// <inheritdoc />
    public override Tensor Take(string name, long[] shape, Init init)
    {
        Tensor tensor = inner.Take(name, shape, init);
        if (!_taken.ContainsKey(name))
        {
            _taken[name] = tensor.detach().clone().DetachFromDisposeScope();
        }

        return tensor;
    }

    /// <summary>Writes what was taken so far as one safetensors file, marked as PyTorch's.</summary>
    public void Write(string path) => SafetensorsWriter.Write(path, _taken.Select(t => (t.Key, t.Value)), new Dictionary<string, string> { ["format"] = "pt" });

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor tensor in _taken.Values)
        {
            tensor.Dispose();
        }

        _taken.Clear();
    }
}
