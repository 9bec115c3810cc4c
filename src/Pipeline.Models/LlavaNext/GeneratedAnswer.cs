namespace Pipeline.Models.LlavaNext;

/// <summary>
/// An answer about a picture, with the way back from its words to places of the picture. Attention is computed on demand, by one teacher-forced pass
/// that returns only the wanted rows, so an answer costs nothing extra while it is written.
/// </summary>
public sealed class GeneratedAnswer : IDisposable
{
    private readonly Func<LlavaNextSession> _session;
    private readonly IReadOnlyList<int> _promptIds;
    private readonly IDisposable? _owned;

    internal GeneratedAnswer(
        string text, IReadOnlyList<int> promptIds, IReadOnlyList<int> tokenIds, IReadOnlyList<TextSpan> spans, Func<LlavaNextSession> session, IDisposable? owned)
    {
        (Text, _promptIds, TokenIds, TokenSpans, _session, _owned) = (text, promptIds, tokenIds, spans, session, owned);
    }

    /// <summary>The decoded answer without special tokens, otherwise as the model wrote it.</summary>
    public string Text { get; }

    /// <summary>The answer's tokens, the end token included where there is one.</summary>
    public IReadOnlyList<int> TokenIds { get; }

    /// <summary>Characters of <see cref="Text"/> that each token wrote.</summary>
    public IReadOnlyList<TextSpan> TokenSpans { get; }

    /// <summary>Indexes of the tokens that wrote any character of a range of <see cref="Text"/>, in order.</summary>
    public IReadOnlyList<int> TokensOf(TextSpan range) =>
        [.. Enumerable.Range(0, TokenSpans.Count).Where(i => TokenSpans[i].Intersects(range))];

    /// <summary>
    /// Attention of chosen tokens onto the squashed whole picture: for each of <paramref name="tokens"/> (indexes into <see cref="TokenIds"/>) a map of
    /// <see cref="ImageAttention.Grid"/>² probabilities, row by row, averaged over heads and over a range of layers. A token's row is that of the query
    /// that predicted it. Ask for all tokens at once: the cost is one pass, whatever their number.
    /// </summary>
    /// <param name="tokens">At least one index.</param>
    /// <param name="layers">Layers to average over; null means the middle third, layers ⌊n/3⌋ … ⌊2n/3⌋ − 1.</param>
    /// <exception cref="ObjectDisposedException">The session that wrote the answer is gone.</exception>
    public ImageAttention AttentionToImage(IReadOnlyList<int> tokens, Range? layers = null) =>
        _session().AttentionToImage(_promptIds, TokenIds, tokens, layers);

    /// <summary>Releases the session, if it was made for this answer alone.</summary>
    public void Dispose() => _owned?.Dispose();
}
