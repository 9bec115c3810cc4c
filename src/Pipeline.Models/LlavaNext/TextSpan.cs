namespace Pipeline.Models.LlavaNext;

/// <summary>A range of characters of a text.</summary>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>First character behind the range.</summary>
    public int End => Start + Length;

    /// <summary>Whether both ranges have a character in common.</summary>
    public bool Intersects(TextSpan other) => Start < other.End && other.Start < End;
}
