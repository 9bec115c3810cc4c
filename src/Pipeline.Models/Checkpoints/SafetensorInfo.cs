namespace Pipeline.Models.Checkpoints;

/// <summary>One tensor of a safetensors file: where it lies and what it is.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">Element type as stored.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteLength">Bytes occupied; always elements times element size.</param>
public sealed record SafetensorInfo(string Name, SafetensorType Type, long[] Shape, long Offset, long ByteLength)
{
    /// <summary>Number of elements; 1 for a scalar, 0 when a size is 0.</summary>
    public long Count => ByteLength / Type.Size();

    /// <summary>The shape as text, such as <c>[320, 4, 3, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
