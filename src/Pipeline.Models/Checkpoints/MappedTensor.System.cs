#if TENSOR_ENGINE_SYSTEM
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>Tensors over a mapped file, for the engine that can lend memory to libtorch: nothing is copied.</summary>
internal static unsafe class MappedTensor
{
    /// <summary>Whether <see cref="Open"/> shares the mapping instead of copying.</summary>
    public const bool SharesMemory = true;

    /// <summary>
    /// A CPU tensor over a range of the file; the range stays mapped until the native tensor is freed. Writing to it changes private pages only.
    /// </summary>
    public static Tensor Open(MappedFile file, long offset, ScalarType type, long elementSize, long[] shape)
    {
        long bytes = shape.Aggregate(elementSize, (product, size) => checked(product * size));
        if (bytes == 0)
        {
            return empty(shape, type);
        }

        nint address = file.Borrow(offset, bytes);
        return FromMemory((void*)address, shape, type, file.Release);
    }
}
#endif
