using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Which managed type holds the elements of which tensor type.</summary>
internal static class ElementTypes
{
    /// <summary>The tensor type of a managed element type.</summary>
    public static ScalarType Of(Type type) => Known(type) ?? throw new NotSupportedException($"a tensor cannot hold elements of type {type.Name}");

    /// <summary>Throws unless <typeparamref name="T"/> holds elements of <paramref name="type"/>.</summary>
    public static void Require<T>(ScalarType type)
    {
        if (Known(typeof(T)) != type && !(typeof(T) == typeof(ushort) && type is ScalarType.BFloat16 or ScalarType.Float16))
        {
            throw new ArgumentException($"the tensor holds {type}, which cannot be read as {typeof(T).Name}; convert it first, as in tensor.to({NameFor(typeof(T))})");
        }
    }

    /// <summary>Bytes of one element.</summary>
    public static int Size(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool or ScalarType.QInt8 or ScalarType.QUInt8 => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 or ScalarType.QInt32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => throw new NotSupportedException($"unknown element type {type}"),
    };

    private static ScalarType? Known(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => ScalarType.Byte,
        TypeCode.SByte => ScalarType.Int8,
        TypeCode.Int16 => ScalarType.Int16,
        TypeCode.Int32 => ScalarType.Int32,
        TypeCode.Int64 => ScalarType.Int64,
        TypeCode.Single => ScalarType.Float32,
        TypeCode.Double => ScalarType.Float64,
        TypeCode.Boolean => ScalarType.Bool,
        _ => type == typeof(Half) ? ScalarType.Float16 : null,
    };

    private static string NameFor(Type type) => Known(type) is ScalarType known ? $"ScalarType.{known}" : "a type that has elements of that kind";
}
