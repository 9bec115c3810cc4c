#if TENSOR_ENGINE_TORCHSHARP
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>Tensors from a mapped file, for the engine whose tensors own their memory: the bytes are copied.</summary>
internal static class MappedTensor
{
    /// <summary>Whether <see cref="Open"/> shares the mapping instead of copying.</summary>
    public const bool SharesMemory = false;

    /// <summary>A CPU tensor with the contents of a range of the file, which must be smaller than 2 GiB.</summary>
    public static Tensor Open(MappedFile file, long offset, ScalarType type, long elementSize, long[] shape)
    {
        long bytes = shape.Aggregate(elementSize, (product, size) => checked(product * size));
        Tensor tensor = empty(shape, type);
        if (bytes > 0)
        {
            file.Span(offset, checked((int)bytes)).CopyTo(tensor.bytes);
        }

        return tensor;
    }
}
#endif
