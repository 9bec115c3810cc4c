using static TorchSharp.torch;

namespace Pipeline.Models.Probing;

/// <summary>
/// Collects named activations of a forward pass: a model asks <see cref="Wants"/> before it would keep (or even compute) something, so an absent
/// probe costs nothing. Names are relative to the model that was called: <c>hidden.0</c> (input of the first layer), <c>hidden.3</c> (after three
/// layers), <c>attention.0</c> (probabilities [B, heads, Lq, Lk] of layer 0), <c>keys.5</c>; models that own towers put the tower's name in front
/// (<c>vision.hidden.1</c>).
/// </summary>
/// <remarks>The probe owns what it collects; recording one name again replaces the earlier tensor. Not safe for use by several threads.</remarks>
public sealed class ActivationProbe(Func<string, bool> wants) : IDisposable
{
    private readonly Dictionary<string, Tensor> _collected = new(StringComparer.Ordinal);

    /// <summary>A probe for exactly these names.</summary>
    public ActivationProbe(params string[] names)
        : this(new HashSet<string>(names, StringComparer.Ordinal).Contains)
    {
    }

    /// <summary>Names collected so far.</summary>
    public IReadOnlyCollection<string> Names => _collected.Keys;

    /// <summary>The collected tensor; it stays the probe's.</summary>
    /// <exception cref="KeyNotFoundException">Nothing was recorded under that name.</exception>
    public Tensor this[string name] => _collected.TryGetValue(name, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"The forward pass recorded no '{name}'. It recorded: {string.Join(", ", _collected.Keys)}.");

    /// <summary>Whether a model should record this activation.</summary>
    public bool Wants(string name) => wants(name);

    /// <summary>Keeps a second reference to <paramref name="value"/>; the caller's tensor stays the caller's.</summary>
    public void Record(string name, Tensor value)
    {
        if (_collected.Remove(name, out var earlier))
        {
            earlier.Dispose();
        }

        _collected[name] = value.detach().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _collected.Values)
        {
            tensor.Dispose();
        }

        _collected.Clear();
    }
}
