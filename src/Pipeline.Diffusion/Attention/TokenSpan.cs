namespace Pipeline.Diffusion.Attention;

/// <summary>Finds phrases in a tokenised prompt.</summary>
public static class TokenSpan
{
    /// <summary>
    /// Positions of every occurrence of <paramref name="phrase"/> in <paramref name="prompt"/>, ascending; empty where it does not occur (for instance because the prompt was cut). Words of a byte-pair
    /// tokenizer end in their own tokens, so whole words are matched.
    /// </summary>
    /// <param name="prompt">Token ids of the prompt; the result counts in these.</param>
    /// <param name="phrase">Token ids of the phrase without start and end token.</param>
    public static IReadOnlyList<int> Find(IReadOnlyList<int> prompt, IReadOnlyList<int> phrase)
    {
        var positions = new SortedSet<int>();
        for (int start = 0; phrase.Count > 0 && start + phrase.Count <= prompt.Count; start++)
        {
            int length = 0;
            while (length < phrase.Count && prompt[start + length] == phrase[length])
            {
                length++;
            }

            if (length == phrase.Count)
            {
                positions.UnionWith(Enumerable.Range(start, length));
            }
        }

        return [.. positions];
    }
}
