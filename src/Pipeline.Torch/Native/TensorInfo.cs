using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>What one native call tells about a tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorInfo
{
    public long ElementCount;
    public long StorageOffset;
    public long StorageBytes;
    public int Rank;
    public int ScalarType;
    public int ElementSize;
    public int DeviceType;
    public int DeviceIndex;
    public TensorFlags Flags;
}
