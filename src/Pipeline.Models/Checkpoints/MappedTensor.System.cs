#if TENSOR_ENGINE_SYSTEM
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Native;
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
        long bytes = elementSize;
        long[] strides = new long[shape.Length];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = bytes / elementSize;
            bytes *= shape[i];
        }

        nint address = file.Borrow(offset, bytes);
        nint context = GCHandle.ToIntPtr(GCHandle.Alloc(file));
        nint handle;
        int error;
        fixed (long* sizes = shape, steps = strides)
        {
            error = NativeEngine.eng_tensor_from_blob((void*)address, sizes, steps, shape.Length, (int)type, NativeEngine.PackedCpu, &Release, context, &handle);
        }

        if (error != 0)
        {
            Release(context);
            NativeEngine.Check(error);
        }

        return UnsafeCreateTensor(handle);
    }

    // Called by libtorch when the last tensor over the range is gone, on whichever thread that happens. Must not throw.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseNative(nint context) => Release(context);

    private static void Release(nint context)
    {
        GCHandle handle = GCHandle.FromIntPtr(context);
        ((MappedFile)handle.Target!).Release();
        handle.Free();
    }
}
#endif
