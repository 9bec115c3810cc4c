using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number that takes its type from what it is combined with. Holds no native memory.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly ValueTag Tag;
    internal readonly long Bits;

    private Scalar(long value, ScalarType type)
    {
        Tag = type == ScalarType.Bool ? ValueTag.Bool : ValueTag.Int;
        Bits = value;
        Type = type;
    }

    private Scalar(double value, ScalarType type)
    {
        Tag = ValueTag.Double;
        Bits = BitConverter.DoubleToInt64Bits(value);
        Type = type;
    }

    public ScalarType Type { get; }

    internal double AsDouble => Tag == ValueTag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long AsInt64 => Tag == ValueTag.Double ? (long)BitConverter.Int64BitsToDouble(Bits) : Bits;

    public static implicit operator Scalar(byte value) => new((long)value, ScalarType.Int64);

    public static implicit operator Scalar(sbyte value) => new((long)value, ScalarType.Int64);

    public static implicit operator Scalar(short value) => new((long)value, ScalarType.Int64);

    public static implicit operator Scalar(int value) => new((long)value, ScalarType.Int64);

    public static implicit operator Scalar(long value) => new(value, ScalarType.Int64);

    public static implicit operator Scalar(float value) => new((double)value, ScalarType.Float64);

    public static implicit operator Scalar(double value) => new(value, ScalarType.Float64);

    public static implicit operator Scalar(Half value) => new((double)value, ScalarType.Float64);

    public static implicit operator Scalar(bool value) => new(value ? 1L : 0L, ScalarType.Bool);

    /// <summary>Nothing to release; kept so that code that disposes scalars compiles.</summary>
    public void Dispose()
    {
    }

    /// <inheritdoc />
    public override string ToString() => Tag switch
    {
        ValueTag.Double => AsDouble.ToString(),
        ValueTag.Bool => Bits != 0 ? "true" : "false",
        _ => Bits.ToString(),
    };
}
