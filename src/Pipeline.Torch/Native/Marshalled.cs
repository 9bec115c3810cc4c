using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>Writes list arguments into scratch memory that lives as long as one native call.</summary>
internal static unsafe class Marshalled
{
    /// <summary>Scratch bytes that <see cref="Write"/> may use for a kept argument; 0 where none are needed.</summary>
    public static int ScratchBytes(object kept) => kept switch
    {
        long[] list => 8 + (list.Length * 8),
        Tensor?[] list => 8 + (list.Length * sizeof(nint)),
        string text => 8 + Encoding.UTF8.GetMaxByteCount(text.Length),
        double[] list => 8 + (list.Length * 8),
        Generator => 8,
        Scalar[] list => 8 + (list.Length * sizeof(NativeValue)),
        _ => throw new NotSupportedException($"an operator cannot take a {kept.GetType().Name}"),
    };

    /// <summary>Fills <paramref name="value"/> from <paramref name="kept"/>; returns the first free byte after it (8-byte aligned).</summary>
    public static byte* Write(object kept, ref NativeValue value, byte* space)
    {
        value.Pointer = space;
        switch (kept)
        {
            case long[] list:
                list.CopyTo(new Span<long>(space, list.Length));
                value.Count = list.Length;
                return space + (list.Length * 8);
            case Tensor?[] list:
                for (int k = 0; k < list.Length; k++)
                {
                    ((nint*)space)[k] = list[k] is { } tensor ? tensor.Live : 0;
                }

                value.Count = list.Length;
                return space + (list.Length * sizeof(nint));
            case double[] list:
                list.CopyTo(new Span<double>(space, list.Length));
                value.Count = list.Length;
                return space + (list.Length * 8);
            case Scalar[] list:
                for (int k = 0; k < list.Length; k++)
                {
                    ((NativeValue*)space)[k] = new NativeValue { Tag = list[k].Tag, Int = list[k].Bits };
                }

                value.Count = list.Length;
                return space + (list.Length * sizeof(NativeValue));
            case string text:
                value.Count = Encoding.UTF8.GetBytes(text, new Span<byte>(space, Encoding.UTF8.GetMaxByteCount(text.Length)));
                return space + ((value.Count + 7) & ~7);
            default:
                value.Pointer = (void*)((Generator)kept).Handle;
                return space;
        }
    }
}
