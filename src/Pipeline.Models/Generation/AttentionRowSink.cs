using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>
/// Asks a decoder for attention probabilities of chosen query rows onto a range of keys. Only these rows are materialised; the pass itself keeps its
/// fused attention.
/// </summary>
public abstract class AttentionRowSink
{
    /// <summary>Query positions within the pass; null means the last one.</summary>
    public IReadOnlyList<long>? Queries { get; set; }

    /// <summary>First key position of interest, counted over the whole sequence.</summary>
    public long KeyStart { get; set; }

    /// <summary>Number of keys of interest; null means all that follow.</summary>
    public long? KeyCount { get; set; }

    /// <summary>Whether this layer's rows are wanted.</summary>
    public abstract bool Wants(int layer);

    /// <summary>Receives [B, heads, queries, keys]; valid during the call only.</summary>
    public abstract void Add(int layer, Tensor rows);
}
