namespace Pipeline.Diffusion.Attention;

/// <summary>The matrix R [source position, target position] of a word swap: M_tgt[:, t] = sum_s M_src[:, s] R[s, t].</summary>
/// <remarks>
/// A. Hertz et al., 2022 (arXiv:2208.01626), word swap. Words are paired by place; a swapped word of equal token count maps token by token, otherwise every pair of its tokens gets one over the number of target tokens.
/// The official code forgets the shift that unequal counts cause once the last swapped word is done; <c>officialTail</c> reproduces that, the default keeps the shift.
/// </remarks>
public static class TokenReplacement
{
    /// <summary>Builds the matrix [length, length], row-major.</summary>
    /// <param name="source">Words of the source prompt.</param>
    /// <param name="target">Words of the target prompt, as many as the source has.</param>
    /// <param name="length">Positions of the text encoder.</param>
    /// <param name="officialTail">Whether the words after the last swap are mapped by equal index, as the official code does.</param>
    /// <exception cref="DiffusionException">The prompts have different numbers of words.</exception>
    public static float[] Between(PromptWords source, PromptWords target, int length, bool officialTail = false)
    {
        if (source.Words.Count != target.Words.Count)
        {
            throw new DiffusionException(
                $"a word swap needs prompts with the same number of words, these have {source.Words.Count} and {target.Words.Count}: use refinement instead");
        }

        var swaps = new Queue<int>(Enumerable.Range(0, source.Words.Count)
            .Where(w => source.Words[w] != target.Words[w] && source.Positions(w).Count > 0 && target.Positions(w).Count > 0));
        float[] matrix = new float[length * length];
        int i = 0, j = 0;
        while (i < length && j < length)
        {
            if (swaps.TryPeek(out int word) && source.Positions(word)[0] == i)
            {
                Swap(matrix, length, source.Positions(word), target.Positions(word));
                (i, j) = (i + source.Positions(word).Count, j + target.Positions(word).Count);
                swaps.Dequeue();
            }
            else
            {
                int from = officialTail && swaps.Count == 0 ? j : i;
                matrix[from * length + j] = 1;
                (i, j) = (i + 1, j + 1);
            }
        }

        // A target that became shorter leaves its last columns over: they are padding, and the source ends in padding.
        for (; j < length && !officialTail; j++)
        {
            matrix[(length - 1) * length + j] = 1;
        }

        return matrix;
    }

    private static void Swap(float[] matrix, int length, IReadOnlyList<int> source, IReadOnlyList<int> target)
    {
        for (int s = 0; s < source.Count; s++)
        {
            for (int t = 0; t < target.Count; t++)
            {
                bool equal = source.Count == target.Count;
                if (source[s] < length && target[t] < length && (!equal || s == t))
                {
                    matrix[source[s] * length + target[t]] = equal ? 1 : 1f / target.Count;
                }
            }
        }
    }
}
