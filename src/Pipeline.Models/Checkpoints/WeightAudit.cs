using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// Lets a network be built without its weights, to learn what it takes: while an audit is open on a thread, checkpoints opened on that thread give out
/// placeholders without memory and write down what was asked for, so that the product's own loaders say which keys are missing or left over.
/// </summary>
internal sealed class WeightAudit : IDisposable
{
    [ThreadStatic]
    private static WeightAudit? s_current;

    private readonly List<CheckpointWeights> _sources = [];
    private readonly Dictionary<string, long[]> _taken = new(StringComparer.Ordinal);

    private WeightAudit()
    {
    }

    /// <summary>The audit that is open on this thread, or null.</summary>
    public static WeightAudit? Current => s_current;

    /// <summary>Keys that the network takes and the checkpoint does not have.</summary>
    public SortedSet<string> Missing { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys of another shape than the network takes, with both shapes.</summary>
    public SortedSet<string> Mismatched { get; } = new(StringComparer.Ordinal);

    /// <summary>Elements of everything the network took.</summary>
    public long Parameters => _taken.Values.Sum(s => s.Aggregate(1L, (product, size) => product * size));

    /// <summary>Keys that the network did not take, in order.</summary>
    public IReadOnlyList<string> Unexpected => [.. _sources.SelectMany(s => s.NotTaken).Order(StringComparer.Ordinal)];

    /// <summary>Opens an audit on this thread; dispose it there.</summary>
    public static WeightAudit Begin() => s_current is null
        ? s_current = new WeightAudit()
        : throw new InvalidOperationException("an audit is open on this thread already");

    /// <summary>Counts a checkpoint's keys in.</summary>
    public void Watch(CheckpointWeights source) => _sources.Add(source);

    /// <summary>Writes down a key and gives a placeholder of its shape, one zero repeated.</summary>
    public Tensor Take(string name, long[] wanted, SafetensorInfo? stored, bool fits, Device device, ScalarType dtype)
    {
        _taken[name] = wanted;
        if (stored is null)
        {
            Missing.Add(name);
        }
        else if (!fits)
        {
            Mismatched.Add($"{name}: {stored.ShapeText} stored, [{string.Join(", ", wanted)}] taken");
        }

        using Tensor zero = zeros([1], dtype, device);
        using Tensor spread = zero.view([.. Enumerable.Repeat(1L, Math.Max(1, wanted.Length))]);
        return wanted.Length == 0 ? zero.view([]) : spread.expand(wanted);
    }

    /// <inheritdoc />
    public void Dispose() => s_current = null;
}
