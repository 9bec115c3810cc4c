namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>A block of elements in the archive.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Key">Name of its entry below <c>data/</c>.</param>
/// <param name="Count">Elements in it.</param>
internal sealed record PickledStorage(SafetensorType Type, string Key, long Count);

/// <summary>A view of a storage; checked to lie within it.</summary>
/// <param name="Storage">Where the elements are.</param>
/// <param name="Offset">First element.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Steps between neighbours, in elements.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}
