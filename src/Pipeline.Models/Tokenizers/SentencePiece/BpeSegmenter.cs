using System.Text;

namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>
/// Sentencepiece BPE (Kudo and Richardson 2018, arXiv 1808.06226): start from single characters, merge the adjacent pair whose text is a piece with the
/// highest score, the leftmost on ties. Unused pieces take part and are taken apart afterwards. O(n log n).
/// </summary>
internal sealed class BpeSegmenter
{
    private readonly List<Piece> _pieces;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly PieceTrie? _userDefined;

    public BpeSegmenter(List<Piece> pieces)
    {
        _pieces = pieces;
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        for (int id = 0; id < pieces.Count; id++)
        {
            if (pieces[id].Kind is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused)
            {
                ids.TryAdd(pieces[id].Text, id);
            }

            if (pieces[id].Kind == PieceKind.UserDefined)
            {
                (_userDefined ??= new PieceTrie()).Add(pieces[id].Text, id);
            }
        }

        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Splits a normalised text; an id of -1 is an unknown character.</summary>
    public void Segment(string text, List<(int Start, int Length, int Id)> result)
    {
        List<Node> nodes = FirstSymbols(text);
        // Ordered by score, highest first, then by place.
        PriorityQueue<(int Left, int Right, int Length), (float NegativeScore, int Left)> queue = new();
        Dictionary<(int Start, int Length), (int LeftLength, int RightLength)> parts = [];
        for (int i = 1; i < nodes.Count; i++)
        {
            Offer(text, nodes, queue, parts, i - 1, i);
        }

        while (queue.TryDequeue(out (int Left, int Right, int Length) pair, out _))
        {
            Node left = nodes[pair.Left], right = nodes[pair.Right];
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != pair.Length)
            {
                continue; // one of the two has been merged since
            }

            nodes[pair.Left] = left with { Length = pair.Length, Next = right.Next };
            nodes[pair.Right] = right with { Length = 0 };
            if (right.Next >= 0)
            {
                nodes[right.Next] = nodes[right.Next] with { Previous = pair.Left };
            }

            Offer(text, nodes, queue, parts, left.Previous, pair.Left);
            Offer(text, nodes, queue, parts, pair.Left, right.Next);
        }

        for (int i = nodes.Count == 0 ? -1 : 0; i >= 0; i = nodes[i].Next)
        {
            Emit(text, nodes[i].Start, nodes[i].Length, parts, result);
        }
    }

    private List<Node> FirstSymbols(string text)
    {
        List<Node> nodes = [];
        List<(int Length, int Id)> fixedPieces = [];
        for (int start = 0; start < text.Length;)
        {
            _userDefined?.Match(text, start, fixedPieces);
            bool isFixed = fixedPieces.Count > 0;
            int length = isFixed ? fixedPieces[^1].Length : Rune.GetRuneAt(text, start).Utf16SequenceLength;
            start += length;
            nodes.Add(new Node(start - length, length, nodes.Count - 1, start < text.Length ? nodes.Count + 1 : -1, isFixed));
        }

        return nodes;
    }

    private void Offer(
        string text, List<Node> nodes, PriorityQueue<(int Left, int Right, int Length), (float NegativeScore, int Left)> queue,
        Dictionary<(int Start, int Length), (int LeftLength, int RightLength)> parts, int left, int right)
    {
        if (left < 0 || right < 0 || nodes[left].IsFixed || nodes[right].IsFixed)
        {
            return;
        }

        int start = nodes[left].Start, length = nodes[left].Length + nodes[right].Length;
        if (_ids.TryGetValue(text.AsSpan(start, length), out int id))
        {
            queue.Enqueue((left, right, length), (-_pieces[id].Score, left));
            if (_pieces[id].Kind == PieceKind.Unused)
            {
                parts[(start, length)] = (nodes[left].Length, nodes[right].Length);
            }
        }
    }

    private void Emit(
        string text, int start, int length, Dictionary<(int Start, int Length), (int LeftLength, int RightLength)> parts,
        List<(int Start, int Length, int Id)> result)
    {
        // An explicit stack: a hostile vocabulary may nest unused pieces as deep as the text is long.
        Stack<(int Start, int Length)> open = new([(start, length)]);
        while (open.TryPop(out (int Start, int Length) part))
        {
            bool known = _ids.TryGetValue(text.AsSpan(part.Start, part.Length), out int id);
            if (known && _pieces[id].Kind == PieceKind.Unused && parts.TryGetValue(part, out (int LeftLength, int RightLength) halves))
            {
                open.Push((part.Start + halves.LeftLength, halves.RightLength));
                open.Push((part.Start, halves.LeftLength));
            }
            else
            {
                result.Add((part.Start, part.Length, known && _pieces[id].Kind != PieceKind.Unused ? id : -1));
            }
        }
    }

    private readonly record struct Node(int Start, int Length, int Previous, int Next, bool IsFixed);
}
