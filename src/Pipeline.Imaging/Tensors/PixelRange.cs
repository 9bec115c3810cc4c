namespace Pipeline.Imaging.Tensors;

/// <summary>What the numbers of a picture tensor mean.</summary>
public enum PixelRange
{
    /// <summary>0..1.</summary>
    Unit,

    /// <summary>-1..1, as autoencoders take and give.</summary>
    SignedUnit,

    /// <summary>0..255.</summary>
    Byte,
}
