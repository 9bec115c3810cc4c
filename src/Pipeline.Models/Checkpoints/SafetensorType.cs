namespace Pipeline.Models.Checkpoints;

/// <summary>Element types of a safetensors file that this program reads.</summary>
public enum SafetensorType
{
    /// <summary>One byte, 0 or 1 (BOOL).</summary>
    Bool,

    /// <summary>Unsigned byte (U8).</summary>
    U8,

    /// <summary>Signed byte (I8).</summary>
    I8,

    /// <summary>16-bit integer (I16).</summary>
    I16,

    /// <summary>32-bit integer (I32).</summary>
    I32,

    /// <summary>64-bit integer (I64).</summary>
    I64,

    /// <summary>IEEE binary16 (F16).</summary>
    F16,

    /// <summary>Brain float: the upper half of a binary32 (BF16).</summary>
    BF16,

    /// <summary>IEEE binary32 (F32).</summary>
    F32,

    /// <summary>IEEE binary64 (F64).</summary>
    F64,
}
