using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Pipeline.Models.Tokenizers;

/// <summary>
/// Byte-pair merging (Sennrich et al. 2016, arXiv 1508.07909, algorithm 1): merge all occurrences of the adjacent pair with the lowest rank, from left
/// to right, until no pair has a rank. O(n log n) in the length of the word; short words are remembered.
/// </summary>
internal sealed class BytePairMerges
{
    private const int CachedWordLength = 48;
    private const int CachedWords = 1 << 15;

    private readonly Dictionary<string, int> _symbols = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];
    private readonly ConcurrentDictionary<string, string[]> _cache = new(StringComparer.Ordinal);

    /// <summary>Takes the pairs in rank order; a pair that is listed twice counts with its last rank.</summary>
    public BytePairMerges(IEnumerable<(string Left, string Right)> merges)
    {
        int rank = 0;
        foreach ((string left, string right) in merges)
        {
            _merges[(Symbol(left), Symbol(right))] = (rank++, Symbol(left + right));
        }
    }

    /// <summary>Merges the symbols of a word.</summary>
    /// <param name="word">The word, as the key of the memory.</param>
    /// <param name="split">Splits the word into its first symbols.</param>
    public string[] Apply(string word, Func<string, List<string>> split)
    {
        if (_cache.TryGetValue(word, out string[]? known))
        {
            return known;
        }

        string[] result = Merge(split(word));
        if (word.Length <= CachedWordLength && _cache.Count < CachedWords)
        {
            _cache.TryAdd(word, result);
        }

        return result;
    }

    private string[] Merge(List<string> symbols)
    {
        int count = symbols.Count;
        Node[] nodes = new Node[count];
        PriorityQueue<int, (int Rank, int Position)> queue = new();
        for (int i = 0; i < count; i++)
        {
            // A symbol that no merge mentions keeps its own text and pairs with nothing.
            nodes[i] = new Node(_symbols.GetValueOrDefault(symbols[i], -1), i - 1, i + 1 < count ? i + 1 : -1);
        }

        for (int i = 0; i + 1 < count; i++)
        {
            Offer(nodes, queue, i);
        }

        List<int> changed = [];
        while (queue.TryPeek(out _, out (int Rank, int Position) best))
        {
            // One round: every occurrence of this pair. Pairs that come into being join the next round.
            changed.Clear();
            while (queue.TryPeek(out int left, out (int Rank, int Position) next) && next.Rank == best.Rank)
            {
                queue.Dequeue();
                if (TryMerge(nodes, left, best.Rank))
                {
                    changed.Add(left);
                }
            }

            foreach (int at in changed)
            {
                if (nodes[at].Alive)
                {
                    Offer(nodes, queue, at);
                    if (nodes[at].Previous >= 0)
                    {
                        Offer(nodes, queue, nodes[at].Previous);
                    }
                }
            }
        }

        return Collect(nodes, symbols);
    }

    private bool TryMerge(Node[] nodes, int left, int rank)
    {
        int right = nodes[left].Next;
        if (!nodes[left].Alive || right < 0 || !_merges.TryGetValue((nodes[left].Symbol, nodes[right].Symbol), out (int Rank, int Merged) merge)
            || merge.Rank != rank)
        {
            return false; // an earlier merge took one of the two
        }

        int after = nodes[right].Next;
        nodes[left] = nodes[left] with { Symbol = merge.Merged, Next = after };
        nodes[right] = nodes[right] with { Alive = false };
        if (after >= 0)
        {
            nodes[after] = nodes[after] with { Previous = left };
        }

        return true;
    }

    private void Offer(Node[] nodes, PriorityQueue<int, (int Rank, int Position)> queue, int left)
    {
        int right = nodes[left].Next;
        if (right >= 0 && _merges.TryGetValue((nodes[left].Symbol, nodes[right].Symbol), out (int Rank, int Merged) merge))
        {
            queue.Enqueue(left, (merge.Rank, left));
        }
    }

    private string[] Collect(Node[] nodes, List<string> symbols)
    {
        List<string> result = [];
        for (int i = nodes.Length == 0 ? -1 : 0; i >= 0; i = nodes[i].Next)
        {
            result.Add(nodes[i].Symbol < 0 ? symbols[i] : _texts[nodes[i].Symbol]);
        }

        return [.. result];
    }

    private int Symbol(string text)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_symbols, text, out bool exists);
        if (!exists)
        {
            index = _texts.Count;
            _texts.Add(text);
        }

        return index;
    }

    private readonly record struct Node(int Symbol, int Previous, int Next, bool Alive = true);
}
