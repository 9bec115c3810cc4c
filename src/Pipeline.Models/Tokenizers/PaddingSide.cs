namespace Pipeline.Models.Tokenizers;

/// <summary>Where the shorter rows of a batch are filled up.</summary>
public enum PaddingSide
{
    /// <summary>After the text, as encoders want it.</summary>
    Right,

    /// <summary>Before the text, as generation wants it: the last column is then the last word of every row.</summary>
    Left,
}
