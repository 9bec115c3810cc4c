namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>Type of a sentencepiece entry, numbered as in the file.</summary>
internal enum PieceKind
{
    /// <summary>Ordinary piece.</summary>
    Normal = 1,

    /// <summary>The piece for what cannot be expressed.</summary>
    Unknown = 2,

    /// <summary>Start, end, padding: never found in text.</summary>
    Control = 3,

    /// <summary>Always kept whole.</summary>
    UserDefined = 4,

    /// <summary>Takes part in merging, but is taken apart again.</summary>
    Unused = 5,

    /// <summary>One byte, spelt <c>&lt;0xHH&gt;</c>.</summary>
    Byte = 6,
}
