namespace Pipeline.Diffusion.Attention;

/// <summary>Which source token each target token is aligned to.</summary>
/// <remarks>
/// A. Hertz et al., "Prompt-to-Prompt Image Editing with Cross Attention Control", 2022 (arXiv:2208.01626), prompt refinement: global alignment of the
/// two token sequences, start and end tokens included (Needleman-Wunsch, gap 0, match +1, mismatch -1). Ties prefer a gap in the source, then a gap in the target,
/// then the pair: that order decides which of two equal words keeps its map. <see cref="WithRescue"/> is the semantic repair of S. Xu et al.,
/// "Inversion-Free Image Editing with Natural Language", 2023 (arXiv:2312.04965); its published loop exchanges the two embedding tables, this one does not.
/// </remarks>
public sealed class TokenAlignment
{
    private readonly int[] sourceOf;

    private TokenAlignment(int[] sourceOf, int targetTokens)
    {
        this.sourceOf = sourceOf;
        TargetTokens = targetTokens;
    }

    /// <summary>A(j): index of the source token for target position j, or -1. As long as the text encoder's context; padding is aligned to itself.</summary>
    public IReadOnlyList<int> SourceOf => sourceOf;

    /// <summary>Positions of the text encoder, padding included.</summary>
    public int Length => sourceOf.Length;

    /// <summary>Number of target tokens before the padding, start and end tokens included.</summary>
    public int TargetTokens { get; }

    /// <summary>alpha_j: 1 where target token j has a source token, else 0.</summary>
    public float[] Alphas() => Array.ConvertAll(sourceOf, a => a >= 0 ? 1f : 0f);

    /// <summary>The alignment that maps every position to itself: equal prompts.</summary>
    public static TokenAlignment Identity(int length) => new([.. Enumerable.Range(0, length)], length);

    /// <summary>Aligns two token sequences (start and end tokens included, padding excluded) within a context of <paramref name="length"/> positions.</summary>
    /// <exception cref="DiffusionException">A sequence is longer than the context, or empty.</exception>
    public static TokenAlignment Between(IReadOnlyList<int> source, IReadOnlyList<int> target, int length)
    {
        foreach ((string name, int count) in new[] { ("source", source.Count), ("target", target.Count) })
        {
            if (count == 0 || count > length)
            {
                throw new DiffusionException($"the {name} prompt has {count} tokens, between 1 and {length} can be aligned: truncate it to the text encoder's length first");
            }
        }

        int[] map = new int[length];
        Trace(source, target, map);
        for (int j = target.Count; j < length; j++)
        {
            map[j] = j;
        }

        return new TokenAlignment(map, target.Count);
    }

    /// <summary>
    /// For every run of target tokens without a source, aligns the one pair (target token of the run, source token between the run's aligned neighbours) of
    /// largest similarity; a run without such source tokens stays as it is. The first pair wins ties.
    /// </summary>
    /// <param name="similarity">Similarity of a source and a target position, in this order; cosine of the text encoder's states by definition.</param>
    public TokenAlignment WithRescue(Func<int, int, double> similarity)
    {
        int[] map = [.. sourceOf];
        for (int start = 0; start < TargetTokens; start++)
        {
            if (sourceOf[start] >= 0)
            {
                continue;
            }

            int end = start;
            while (end < TargetTokens && sourceOf[end] < 0)
            {
                end++;
            }

            // Aligned positions grow with j, so the unused source tokens of this run lie strictly between its neighbours'.
            int first = start == 0 ? 0 : sourceOf[start - 1] + 1;
            int last = end == TargetTokens ? first - 1 : sourceOf[end] - 1;
            Rescue(map, start, end, first, last, similarity);
            start = end;
        }

        return new TokenAlignment(map, TargetTokens);
    }

    private static void Rescue(int[] map, int start, int end, int first, int last, Func<int, int, double> similarity)
    {
        (double best, int source, int target) = (double.NegativeInfinity, -1, -1);
        for (int j = start; j < end; j++)
        {
            for (int i = first; i <= last; i++)
            {
                if (similarity(i, j) is double value && value > best)
                {
                    (best, source, target) = (value, i, j);
                }
            }
        }

        if (target >= 0)
        {
            map[target] = source;
        }
    }

    private static void Trace(IReadOnlyList<int> source, IReadOnlyList<int> target, int[] map)
    {
        int[,] score = new int[source.Count + 1, target.Count + 1];
        for (int i = 1; i <= source.Count; i++)
        {
            for (int j = 1; j <= target.Count; j++)
            {
                int diagonal = score[i - 1, j - 1] + (source[i - 1] == target[j - 1] ? 1 : -1);
                score[i, j] = Math.Max(Math.Max(score[i, j - 1], score[i - 1, j]), diagonal);
            }
        }

        for (int i = source.Count, j = target.Count; j > 0;)
        {
            if (i == 0 || score[i, j] == score[i, j - 1])
            {
                map[--j] = -1; // gap in the source: a new word
            }
            else if (score[i, j] == score[i - 1, j])
            {
                i--; // gap in the target: a dropped word
            }
            else
            {
                map[--j] = --i;
            }
        }
    }
}
