namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>Finds all pieces that begin at a place of a text.</summary>
internal sealed class PieceTrie
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<int> _values = [-1];

    /// <summary>Adds a piece under its id; the first of equal pieces stays.</summary>
    public void Add(string text, int id)
    {
        int node = 0;
        foreach (char c in text)
        {
            if (!_edges.TryGetValue((node, c), out int next))
            {
                next = _values.Count;
                _values.Add(-1);
                _edges.Add((node, c), next);
            }

            node = next;
        }

        _values[node] = _values[node] < 0 ? id : _values[node];
    }

    /// <summary>Collects (length, id) of the pieces that begin at <paramref name="start"/>, shortest first.</summary>
    public void Match(string text, int start, List<(int Length, int Id)> found)
    {
        found.Clear();
        int node = 0;
        for (int i = start; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
        {
            if (_values[node] >= 0)
            {
                found.Add((i + 1 - start, _values[node]));
            }
        }
    }
}
