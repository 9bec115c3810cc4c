namespace Pipeline.Methods.Prompting;

/// <summary>A generated answer and the way back from its words to places of the picture.</summary>
public interface IVisualAnswer : IDisposable
{
    /// <summary>The decoded text.</summary>
    string Text { get; }

    /// <summary>Characters of <see cref="Text"/> that each generated token wrote; empty ranges are allowed.</summary>
    IReadOnlyList<(int Start, int End)> Tokens { get; }

    /// <summary>
    /// Attention of tokens onto the whole picture, averaged over heads and the middle third of the layers: one grid a token, in the order asked for.
    /// Null where the model cannot tell.
    /// </summary>
    IReadOnlyList<AttentionGrid>? AttentionOf(IReadOnlyList<int> tokens);
}
