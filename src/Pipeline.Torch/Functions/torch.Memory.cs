using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor from_array(Array rawArray, Device? device = null) => FromArray(rawArray, null, device, false, null);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromArray(rawArray, dtype, device, requires_grad, names);

    /// <summary>
    /// A one-dimensional tensor over the array's own memory, read as <paramref name="dtype"/>: a write to one is seen in the other. The array stays pinned while the tensor lives.
    /// </summary>
    /// <param name="rawArray">An array of primitive elements.</param>
    /// <param name="dtype">Type of the tensor's elements.</param>
    /// <param name="count">Elements to take, or -1 for all after the offset.</param>
    /// <param name="offset">Bytes to skip.</param>
    /// <param name="requires_grad">Whether to record gradients.</param>
    public static unsafe Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        int size = ElementTypes.Size(dtype);
        long available = Buffer.ByteLength(rawArray) - offset;
        long length = count < 0 ? available / size : count;
        if (offset < 0 || length <= 0 || length * size > available)
        {
            throw new ArgumentException($"{count} elements of {dtype} at byte {offset} do not lie within an array of {Buffer.ByteLength(rawArray)} bytes");
        }

        GCHandle pin = GCHandle.Alloc(rawArray, GCHandleType.Pinned);
        return Recording(FromMemory((byte*)pin.AddrOfPinnedObject() + offset, [length], dtype, pin.Free), requires_grad);
    }

    /// <summary>
    /// A CPU tensor over memory that someone else owns (a mapped file, a pinned array): nothing is copied. <paramref name="release"/> is called once, on any thread, when
    /// the last tensor over that memory is gone; it must not throw.
    /// </summary>
    internal static unsafe Tensor FromMemory(void* data, long[] shape, ScalarType dtype, Action release)
    {
        GCHandle context = GCHandle.Alloc(release);
        nint tensor;
        int kind;
        fixed (long* sizes = shape)
        {
            kind = NativeEngine.eng_tensor_from_blob(data, sizes, null, shape.Length, (int)dtype, CPU.Code, &Release, GCHandle.ToIntPtr(context), &tensor);
        }

        if (kind != 0)
        {
            context.Free();
            release();
            EngineErrors.Check(kind);
        }

        return Tensor.Own(tensor)!;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(nint context)
    {
        GCHandle handle = GCHandle.FromIntPtr(context);
        Action release = (Action)handle.Target!;
        handle.Free();
        release();
    }
}
