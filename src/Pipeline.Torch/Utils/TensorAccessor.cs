using System.Collections;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>
/// Elements of a tensor as managed values, in row-major order. Reads and writes go to the tensor itself when it is contiguous on the CPU;
/// from another device the accessor holds a copy, which writes do not leave.
/// </summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : struct
{
    private readonly Tensor _tensor;
    private readonly bool _copied;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(Tensor tensor)
    {
        ElementTypes.Require<T>(tensor.dtype);
        _copied = !tensor.is_cpu();
        _tensor = _copied ? tensor.cpu().DetachFromDisposeScope() : tensor;
        _shape = _tensor.shape;
        _strides = _tensor.stride();
        _contiguous = _tensor.is_contiguous();
        Count = _tensor.numel();
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    public unsafe T this[params long[] indices]
    {
        get
        {
            T value = MemoryMarshal.Read<T>(new ReadOnlySpan<byte>(At(indices), Size));
            GC.KeepAlive(_tensor);
            return value;
        }

        set
        {
            MemoryMarshal.Write(new Span<byte>(At(indices), Size), in value);
            GC.KeepAlive(_tensor);
        }
    }

    private static int Size => System.Runtime.CompilerServices.Unsafe.SizeOf<T>();

    public T[] ToArray()
    {
        T[] result = new T[Count];
        CopyTo(result.AsSpan());
        return result;
    }

    /// <summary>An array of the tensor's rank.</summary>
    public Array ToNDArray()
    {
        if (_shape.Length == 0)
        {
            return ToArray();
        }

        Array result = Array.CreateInstance(typeof(T), _shape);
        CopyTo(MemoryMarshal.CreateSpan(
            ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(result)), checked((int)Count)));
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies elements from <paramref name="tensorIndex"/> on, as many as there are and fit.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        Span<T> target = array[arrayIndex..];
        target = target[..(int)Math.Min(target.Length, Count - tensorIndex)];
        using Tensor? rows = _contiguous ? null : _tensor.contiguous().DetachFromDisposeScope();
        All(rows ?? _tensor).Slice(tensorIndex, target.Length).CopyTo(target);
        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    /// <summary>Overwrites elements from <paramref name="tensorIndex"/> on, as many as there are and fit.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        ReadOnlySpan<T> source = array[arrayIndex..];
        source = source[..(int)Math.Min(source.Length, Count - tensorIndex)];
        if (_contiguous)
        {
            source.CopyTo(All(_tensor).Slice(tensorIndex, source.Length));
            GC.KeepAlive(_tensor);
            return;
        }

        using Tensor rows = _tensor.contiguous().DetachFromDisposeScope();
        source.CopyTo(All(rows).Slice(tensorIndex, source.Length));
        using IDisposable _ = no_grad();
        _tensor.copy_(rows);
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Frees the copy, where there is one; the tensor itself stays the caller's.</summary>
    public void Dispose()
    {
        if (_copied)
        {
            _tensor.Dispose();
        }
    }

    private static unsafe Elements All(Tensor tensor) => new((byte*)tensor.DataPointer());

    private unsafe byte* At(long[] indices)
    {
        if (indices.Length != _shape.Length)
        {
            throw new ArgumentException($"a tensor of rank {_shape.Length} was given {indices.Length} indices");
        }

        long offset = 0;
        for (int k = 0; k < indices.Length; k++)
        {
            long index = indices[k] < 0 ? indices[k] + _shape[k] : indices[k];
            if (index < 0 || index >= _shape[k])
            {
                throw new ArgumentOutOfRangeException(nameof(indices), $"index {indices[k]} is outside dimension {k} of size {_shape[k]}");
            }

            offset += index * _strides[k];
        }

        return (byte*)_tensor.DataPointer() + (offset * Size);
    }

    // Spans count in int; a tensor may hold more elements than that.
    private readonly unsafe ref struct Elements(byte* data)
    {
        private readonly byte* _data = data;

        public Span<T> Slice(long start, int length) =>
            MemoryMarshal.CreateSpan(ref System.Runtime.CompilerServices.Unsafe.AsRef<T>(_data + (start * Size)), length);
    }
}
