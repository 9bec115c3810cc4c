using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>
/// One argument of an operator call, converted implicitly from what the caller has. Lives on the stack; a list or string is kept by reference until the call.
/// </summary>
internal readonly struct Arg
{
    /// <summary>No value for an optional argument.</summary>
    public static readonly Arg None;

    /// <summary>The default that the operator's schema gives.</summary>
    public static readonly Arg Default = new(ValueTag.Default, 0, null);

    internal readonly ValueTag Tag;
    internal readonly long Bits;
    internal readonly object? Kept;

    private Arg(ValueTag tag, long bits, object? kept)
    {
        Tag = tag;
        Bits = bits;
        Kept = kept;
    }

    public static implicit operator Arg(Tensor? value) => value is null ? None : new(ValueTag.Tensor, 0, value);

    public static implicit operator Arg(int value) => new(ValueTag.Int, value, null);

    public static implicit operator Arg(long value) => new(ValueTag.Int, value, null);

    public static implicit operator Arg(long? value) => value is long v ? new(ValueTag.Int, v, null) : None;

    public static implicit operator Arg(double value) => new(ValueTag.Double, BitConverter.DoubleToInt64Bits(value), null);

    public static implicit operator Arg(double? value) => value is double v ? v : None;

    public static implicit operator Arg(bool value) => new(ValueTag.Bool, value ? 1 : 0, null);

    public static implicit operator Arg(string? value) => value is null ? None : new(ValueTag.String, 0, value);

    public static implicit operator Arg(long[]? value) => value is null ? None : new(ValueTag.IntList, 0, value);

    public static implicit operator Arg(double[]? value) => value is null ? None : new(ValueTag.DoubleList, 0, value);

    public static implicit operator Arg(Tensor?[]? value) => value is null ? None : new(ValueTag.TensorList, 0, value);

    public static implicit operator Arg(ScalarType value) => new(ValueTag.Int, (long)value, null);

    public static implicit operator Arg(ScalarType? value) => value is ScalarType v ? v : None;

    public static implicit operator Arg(Device? value) => value is null ? None : new(ValueTag.Device, value.Code, null);

    public static implicit operator Arg(Generator? value) => value is null ? None : new(ValueTag.Generator, 0, value);

    public static implicit operator Arg(Scalar? value) => value is null ? None : new(value.Tag, value.Bits, null);

    public static implicit operator Arg(Scalar[] value) => new(ValueTag.ScalarList, 0, value);
}
