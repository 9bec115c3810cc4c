using System.Text;

namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>
/// Sentencepiece unigram (Kudo 2018, arXiv 1804.10959): the split whose pieces have the highest sum of scores, in float32; a character that is no piece
/// costs the lowest score less 10. Ties go to the split found first from the left.
/// </summary>
internal sealed class UnigramSegmenter
{
    private const float UnknownPenalty = 10;

    private readonly List<Piece> _pieces;
    private readonly PieceTrie _trie = new();
    private readonly float _unknownScore;
    private readonly float _maximumScore;

    public UnigramSegmenter(List<Piece> pieces)
    {
        _pieces = pieces;
        float lowest = float.MaxValue, highest = float.MinValue;
        for (int id = 0; id < pieces.Count; id++)
        {
            Piece piece = pieces[id];
            if (piece.Kind is PieceKind.Normal or PieceKind.UserDefined && piece.Text.Length > 0)
            {
                _trie.Add(piece.Text, id);
            }

            if (piece.Kind == PieceKind.Normal)
            {
                (lowest, highest) = (Math.Min(lowest, piece.Score), Math.Max(highest, piece.Score));
            }
        }

        _unknownScore = lowest - UnknownPenalty;
        _maximumScore = highest;
    }

    /// <summary>Splits a normalised text; an id of -1 is an unknown character.</summary>
    public void Segment(string text, List<(int Start, int Length, int Id)> result)
    {
        (float Score, int Start, int Id)[] best = new (float, int, int)[text.Length + 1];
        Array.Fill(best, (0f, -1, -1));
        List<(int Length, int Id)> found = [];
        for (int start = 0; start < text.Length;)
        {
            int step = Rune.GetRuneAt(text, start).Utf16SequenceLength;
            float soFar = best[start].Score;
            bool hasSingle = false;
            _trie.Match(text, start, found);
            foreach ((int length, int id) in found)
            {
                Piece piece = _pieces[id];
                double score = piece.Kind == PieceKind.UserDefined ? (Utf8Length(text, start, length) * _maximumScore) - 0.1 : piece.Score;
                Reach(start + length, score + soFar, start, id);
                hasSingle |= length == step;
            }

            if (!hasSingle)
            {
                Reach(start + step, _unknownScore + soFar, start, -1);
            }

            start += step;
        }

        int before = result.Count;
        for (int end = text.Length; end > 0; end = best[end].Start)
        {
            result.Add((best[end].Start, end - best[end].Start, best[end].Id));
        }

        result.Reverse(before, result.Count - before);

        void Reach(int end, double score, int start, int id)
        {
            if (best[end].Start < 0 || score > best[end].Score)
            {
                best[end] = ((float)score, start, id);
            }
        }
    }

    private static int Utf8Length(string text, int start, int length) => Encoding.UTF8.GetByteCount(text.AsSpan(start, length));
}
