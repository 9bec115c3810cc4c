using TorchSharp.Native;

namespace TorchSharp;

/// <summary>
/// Tells the garbage collector about native tensor memory in steps of 64 MiB: per tensor would be hundreds of full collections, not at all would let forgotten tensors pile up.
/// </summary>
internal static class MemoryPressure
{
    private const long Step = 64L << 20;
    private static readonly Lock s_lock = new();
    private static long s_told;

    /// <summary>Bytes that the collector knows of now, a multiple of the step.</summary>
    public static long Told => Volatile.Read(ref s_told);

    /// <summary>Follows the live bytes when they have moved by more than a step.</summary>
    public static void Follow()
    {
        if (Math.Abs(NativeEngine.LiveBytes - Volatile.Read(ref s_told)) >= Step)
        {
            Tell();
        }
    }

    private static void Tell()
    {
        lock (s_lock)
        {
            long change = (NativeEngine.LiveBytes - s_told) / Step * Step;
            if (change > 0)
            {
                GC.AddMemoryPressure(change);
            }
            else if (change < 0)
            {
                GC.RemoveMemoryPressure(-change);
            }

            s_told += change;
        }
    }
}
