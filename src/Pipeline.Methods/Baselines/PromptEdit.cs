using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Sampling;

namespace Pipeline.Methods.Baselines;

/// <summary>Prompt-to-Prompt's edit between two prompts.</summary>
internal static class PromptEdit
{
    /// <summary>The edit of the target's maps. Belongs to the caller.</summary>
    /// <param name="source">Source prompt.</param>
    /// <param name="target">Target prompt.</param>
    /// <param name="encode">States of a text; disposed here.</param>
    /// <param name="newWordWeight">Factor on words without counterpart.</param>
    /// <param name="kind">Which edit.</param>
    /// <exception cref="EditException">A replacement of prompts with different numbers of words is asked for.</exception>
    public static ICrossMapEdit Between(
        (string Prompt, TextStates Text) source, (string Prompt, TextStates Text) target, Func<string, TextStates> encode, double newWordWeight, PromptEditKind kind = PromptEditKind.Auto)
    {
        int length = (int)source.Text.States.shape[1];
        string[] words = Words(source.Prompt), swapped = Words(target.Prompt);
        var alignment = TokenAlignment.Between(source.Text.Tokens, target.Text.Tokens, length);
        bool possible = words.Length > 0 && words.Length == swapped.Length && !source.Text.Truncated && !target.Text.Truncated;
        if (kind == PromptEditKind.Replace && !possible)
        {
            throw EditException.Request($"edit replace needs whole prompts of as many words, \"{source.Prompt}\" has {words.Length} and \"{target.Prompt}\" {swapped.Length}: use refine or auto");
        }

        bool swap = possible && kind != PromptEditKind.Refine;
        ICrossMapEdit edit = swap
            ? new ReplaceEdit(TokenReplacement.Between(Positions(words, encode), Positions(swapped, encode), length))
            : new RefineEdit(alignment);
        return newWordWeight == 1 ? edit : new ReweightEdit(edit, [.. alignment.Alphas().Select(a => a > 0 ? 1f : (float)newWordWeight)]);
    }

    // Which positions a word has follows from how many tokens it has by itself: byte-pair merges never cross words.
    private static PromptWords Positions(string[] words, Func<string, TextStates> encode) => new(string.Join(' ', words), words.SelectMany(word =>
    {
        TextStates states = encode(word);
        states.States.Dispose();
        int count = Math.Max(1, states.Tokens.Count - 2); // without start and end token
        return Enumerable.Repeat("", count - 1).Append(new string('x', word.Length));
    }));

    private static string[] Words(string prompt) => prompt.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
