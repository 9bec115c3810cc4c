using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>
/// Keys and values of every position a decoder has read, by layer. Buffers are allocated once for the expected length and doubled when that was too
/// short, so writing n tokens copies O(n) and never the whole past per token. A pass writes behind <see cref="Length"/> in every layer and then
/// calls <see cref="Commit"/>.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor?[] _keys;
    private readonly Tensor?[] _values;
    private readonly long _expectedLength;

    /// <param name="layers">Attention layers that share this cache.</param>
    /// <param name="expectedLength">Positions to make room for at first.</param>
    public KeyValueCache(int layers, long expectedLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(expectedLength);
        (_keys, _values, _expectedLength) = (new Tensor?[layers], new Tensor?[layers], expectedLength);
    }

    /// <summary>Committed positions.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// Writes [B, heads, n, d] behind the committed positions of a layer. Returns views [B, heads, Length + n, d]; the caller disposes the views,
    /// the data stays the cache's.
    /// </summary>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values) =>
        (Write(ref _keys[layer], keys), Write(ref _values[layer], values));

    /// <summary>Declares the last <paramref name="positions"/> written positions read.</summary>
    public void Commit(long positions) => Length += positions;

    /// <summary>Forgets everything after the first <paramref name="length"/> positions.</summary>
    public void Truncate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Repeats every row in place.</summary>
    public void Expand(int copies)
    {
        if (copies == 1)
        {
            return;
        }

        for (var layer = 0; layer < _keys.Length; layer++)
        {
            Repeat(ref _keys[layer], copies);
            Repeat(ref _values[layer], copies);
        }
    }

    /// <summary>Row i takes the content of row <paramref name="rows"/>[i] from position <paramref name="from"/> on; what lies before is shared already.</summary>
    public void Reorder(IReadOnlyList<int> rows, long from)
    {
        if (from >= Length || rows.Select((row, i) => row == i).All(same => same))
        {
            return;
        }

        using var scope = NewDisposeScope();
        var present = _keys.Concat(_values).OfType<Tensor>().ToArray();
        var index = tensor(rows.Select(row => (long)row).ToArray(), ScalarType.Int64, present[0].device);
        foreach (var buffer in present)
        {
            using var part = buffer.narrow(2, from, Length - from);
            using var moved = part.index_select(0, index);
            part.copy_(moved);
        }
    }

    /// <summary>
    /// A new cache whose rows are <paramref name="copies"/> copies of this one's single row, with room for <paramref name="expectedLength"/> positions.
    /// </summary>
    public KeyValueCache Fork(int copies, long expectedLength)
    {
        var fork = new KeyValueCache(_keys.Length, Math.Max(expectedLength, Length + 1));
        for (var layer = 0; layer < _keys.Length && Length > 0; layer++)
        {
            using var keys = Copies(_keys[layer]!, copies);
            using var values = Copies(_values[layer]!, copies);
            var (keyView, valueView) = fork.Append(layer, keys, values);
            keyView.Dispose();
            valueView.Dispose();
        }

        fork.Commit(Length);
        return fork;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _keys.Concat(_values))
        {
            buffer?.Dispose();
        }

        Array.Clear(_keys);
        Array.Clear(_values);
        Length = 0;
    }

    private Tensor Copies(Tensor buffer, int copies)
    {
        using var past = buffer.narrow(2, 0, Length);
        return past.expand(copies, -1, -1, -1);
    }

    private Tensor Write(ref Tensor? buffer, Tensor added)
    {
        var end = Length + added.shape[2];
        MakeRoom(ref buffer, added, end);
        using (var target = buffer!.narrow(2, Length, added.shape[2]))
        {
            target.copy_(added);
        }

        return buffer.narrow(2, 0, end);                                            // [B, heads, Length + n, d]
    }

    private void MakeRoom(ref Tensor? buffer, Tensor like, long end)
    {
        if (buffer is not null && buffer.shape[2] >= end)
        {
            return;
        }

        var capacity = Math.Max(end, buffer is null ? _expectedLength : 2 * buffer.shape[2]);
        var grown = empty([like.shape[0], like.shape[1], capacity, like.shape[3]], like.dtype, like.device).DetachFromDisposeScope();
        if (buffer is not null)
        {
            using var past = buffer.narrow(2, 0, Length);
            using var target = grown.narrow(2, 0, Length);
            target.copy_(past);
            buffer.Dispose();
        }

        buffer = grown;
    }

    private static void Repeat(ref Tensor? buffer, int copies)
    {
        if (buffer is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var shape = buffer.shape;
        var repeated = buffer.unsqueeze(1).expand(-1, copies, -1, -1, -1).reshape(shape[0] * copies, shape[1], shape[2], shape[3])
            .contiguous();                                                          // of one row the reshape is a view whose rows share memory
        buffer.Dispose();
        buffer = repeated.DetachFromDisposeScope();
    }
}
