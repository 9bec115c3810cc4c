using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// Turns stored tensors into engine tensors. A tensor wanted as it is stored, on the CPU, is the mapping itself; any other is converted block by
/// block, and the pages of a finished block are given back, so that loading needs little memory beside its result.
/// </summary>
public static class TensorReader
{
    private const long BlockBytes = 8L << 20;

    /// <summary>The engine's name of a stored type.</summary>
    public static ScalarType ScalarTypeOf(SafetensorType type) => type switch
    {
        SafetensorType.Bool => ScalarType.Bool,
        SafetensorType.U8 => ScalarType.Byte,
        SafetensorType.I8 => ScalarType.Int8,
        SafetensorType.I16 => ScalarType.Int16,
        SafetensorType.I32 => ScalarType.Int32,
        SafetensorType.I64 => ScalarType.Int64,
        SafetensorType.F16 => ScalarType.Float16,
        SafetensorType.BF16 => ScalarType.BFloat16,
        SafetensorType.F32 => ScalarType.Float32,
        _ => ScalarType.Float64,
    };

    /// <summary>Reads a tensor as it is stored, on the CPU; the caller owns it. It stays valid when the file object is disposed.</summary>
    public static Tensor ReadTensor(this SafetensorsFile file, string name) => file.ReadTensor(name, CPU, ScalarTypeOf(file.Info(name).Type));

    /// <summary>Reads a tensor, converted to a type and moved to a device; the caller owns it. It stays valid when the file object is disposed.</summary>
    public static Tensor ReadTensor(this SafetensorsFile file, string name, Device device, ScalarType dtype)
    {
        SafetensorInfo info = file.Info(name);
        ScalarType stored = ScalarTypeOf(info.Type);
        int elementSize = info.Type.Size();
        bool aligned = info.Offset % elementSize == 0; // the mapping itself starts at a page
        if (MappedTensor.SharesMemory && aligned && stored == dtype && device.type == DeviceType.CPU)
        {
            return MappedTensor.Open(file.File, info.Offset, stored, elementSize, info.Shape);
        }

        if (!aligned)
        {
            // Rare: only headers that were not padded by their writer. One copy puts the elements where the processor wants them.
            using DisposeScope scope = NewDisposeScope();
            Tensor copy = empty(info.Shape, stored);
            CopyBytes(file, info, copy);
            return copy.to(dtype, device).MoveToOuterDisposeScope();
        }

        return Convert(file.File, info, stored, device, dtype);
    }

    private static Tensor Convert(MappedFile file, SafetensorInfo info, ScalarType stored, Device device, ScalarType dtype)
    {
        Tensor result = empty(info.Shape, dtype, device);
        int elementSize = info.Type.Size();
        long step = BlockBytes / elementSize;
        using (no_grad())
        using (Tensor flat = result.view(-1))
        {
            for (long start = 0; start < info.Count; start += step)
            {
                long count = Math.Min(step, info.Count - start);
                long offset = info.Offset + (start * elementSize);
                using (Tensor source = MappedTensor.Open(file, offset, stored, elementSize, [count]))
                using (Tensor target = flat.narrow(0, start, count))
                {
                    using Tensor same = target.copy_(source);
                }

                file.Forget(offset, count * elementSize);
            }
        }

        return result;
    }

    private static void CopyBytes(SafetensorsFile file, SafetensorInfo info, Tensor copy)
    {
        if (info.ByteLength > 0)
        {
            file.Bytes(info.Name).CopyTo(copy.bytes);
        }
    }
}
