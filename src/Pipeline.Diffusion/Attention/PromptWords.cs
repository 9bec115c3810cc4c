namespace Pipeline.Diffusion.Attention;

/// <summary>Which token positions make up each word of a prompt.</summary>
/// <remarks>
/// Prompt-to-Prompt's rule (arXiv:2208.01626, official code): words are what single spaces separate, so punctuation belongs to its word; the tokens' texts are walked until their lengths add up to the word's
/// length. A word that does not occur is an error here; the code selects nothing then and divides 0 by 0 later.
/// </remarks>
public sealed class PromptWords
{
    private readonly string[] words;
    private readonly List<int>[] positions;

    /// <summary>Divides the tokens of a prompt among its words.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="pieces">Text of every token between start and end token, without end-of-word marks; the first lies at position 1.</param>
    public PromptWords(string prompt, IEnumerable<string> pieces)
    {
        words = prompt.Split(' ');
        positions = [.. words.Select(_ => new List<int>())];
        int word = 0, length = 0, position = 0;
        foreach (string piece in pieces)
        {
            position++;
            if (word >= words.Length)
            {
                break; // decoded bytes can be longer than the text they came from
            }

            positions[word].Add(position);
            length += piece.Trim('#').Length;
            if (length >= words[word].Length)
            {
                word++;
                length = 0;
            }
        }
    }

    /// <summary>The words in order.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>Positions of the tokens of word number <paramref name="index"/>.</summary>
    public IReadOnlyList<int> Positions(int index) => positions[index];

    /// <summary>Positions of the tokens of every occurrence of a word, ascending. Upper and lower case differ.</summary>
    /// <exception cref="DiffusionException">The prompt has no such word.</exception>
    public IReadOnlyList<int> Find(string word)
    {
        int[] found = [.. Enumerable.Range(0, words.Length).Where(i => words[i] == word)];
        return found.Length > 0
            ? [.. found.SelectMany(i => positions[i])]
            : throw new DiffusionException($"the prompt \"{string.Join(' ', words)}\" has no word \"{word}\"; its words are what single spaces separate");
    }
}
