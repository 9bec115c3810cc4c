namespace Pipeline.Models.Tokenizers.Building;

/// <summary>Learns byte-pair merges (Sennrich et al. 2016, arXiv 1508.07909): again and again the most frequent pair of neighbours becomes one symbol.</summary>
internal sealed class BytePairTrainer
{
    private readonly List<(List<string> Symbols, int Count)> _words;
    private readonly Dictionary<(string Left, string Right), int> _counts = [];
    private readonly Dictionary<(string Left, string Right), HashSet<int>> _places = [];

    private BytePairTrainer(IEnumerable<(IReadOnlyList<string> Symbols, int Count)> words)
    {
        _words = [.. words.Select(w => (w.Symbols.ToList(), w.Count))];
        for (int i = 0; i < _words.Count; i++)
        {
            Register(i, 1);
        }
    }

    /// <summary>The merges in the order they were learned; of equally frequent pairs the first in ordinal order. Fewer than asked for when no pair occurs twice.</summary>
    public static IReadOnlyList<(string Left, string Right)> Learn(IEnumerable<(IReadOnlyList<string> Symbols, int Count)> words, int merges)
    {
        BytePairTrainer trainer = new(words);
        List<(string, string)> learned = [];
        while (learned.Count < merges && trainer.Best() is { } pair)
        {
            trainer.Merge(pair);
            learned.Add(pair);
        }

        return learned;
    }

    private (string Left, string Right)? Best()
    {
        (string Left, string Right)? best = null;
        int most = 1;
        foreach ((var pair, int count) in _counts)
        {
            if (count > most || (count == most && best is { } known && Compare(pair, known) < 0))
            {
                (best, most) = (pair, count);
            }
        }

        return best;
    }

    private static int Compare((string Left, string Right) a, (string Left, string Right) b) =>
        string.CompareOrdinal(a.Left, b.Left) is var left and not 0 ? left : string.CompareOrdinal(a.Right, b.Right);

    private void Merge((string Left, string Right) pair)
    {
        foreach (int index in _places[pair].ToArray())
        {
            Register(index, -1);
            List<string> symbols = _words[index].Symbols;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
                {
                    symbols[i] += symbols[i + 1];
                    symbols.RemoveAt(i + 1);
                }
            }

            Register(index, 1);
        }
    }

    /// <summary>Adds a word's pairs to the counts (sign 1), or takes them out (sign -1).</summary>
    private void Register(int index, int sign)
    {
        (List<string> symbols, int count) = _words[index];
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            (string, string) pair = (symbols[i], symbols[i + 1]);
            _counts[pair] = _counts.GetValueOrDefault(pair) + (sign * count);
            if (!_places.TryGetValue(pair, out HashSet<int>? places))
            {
                _places[pair] = places = [];
            }

            if (sign > 0)
            {
                places.Add(index);
            }
            else
            {
                places.Remove(index);
            }
        }
    }
}
