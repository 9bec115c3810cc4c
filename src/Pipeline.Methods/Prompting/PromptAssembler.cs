namespace Pipeline.Methods.Prompting;

/// <summary>
/// Builds P_src and P_E within the budget of a text encoder. P_E is the target caption, then the target phrases, then the details, so that the words
/// whose attention the edit needs come before those that only colour it. Cuts fall between words.
/// </summary>
/// <param name="countTokens">Tokens of a text without start and end, by the encoder's own tokenizer.</param>
/// <param name="options">Budgets.</param>
public sealed class PromptAssembler(Func<string, int> countTokens, PromptOptions options)
{
    /// <summary>P_src: the caption as far as it fits.</summary>
    public AssembledPrompt Source(string caption)
    {
        var text = Cased(PlainText.Collapse(caption));
        var cut = Cut(text);
        return new AssembledPrompt(cut, [], Words(text) - Words(cut));
    }

    /// <summary>
    /// P_E. Where caption and phrases together are too long the caption gives way, down to half of the budget, before a phrase is lost.
    /// </summary>
    public AssembledPrompt Target(string caption, IReadOnlyList<Stimulus> stimuli)
    {
        caption = Cased(PlainText.Collapse(caption)).TrimEnd('.', ' ', ',', ';');
        var phrases = stimuli.Select(s => Cased(PlainText.Collapse(s.TargetPhrase))).ToList();
        var details = string.Join(' ', stimuli.Select(s => Cased(PlainText.Collapse(s.Detail))).Where(d => d.Length > 0).Select(d => d[^1] is '.' or '!' or '?' ? d : d + "."));
        var list = string.Join(", ", phrases.Where(p => p.Length > 0));
        var shortened = MakeRoom(caption, list);
        var text = string.Join(". ", new[] { shortened, list, details }.Where(t => t.Length > 0));
        var cut = Cut(text);
        return new AssembledPrompt(cut, Spans(phrases, shortened.Length == 0 ? 0 : shortened.Length + 2, cut.Length), Words(text) - Words(cut) + Words(caption) - Words(shortened));
    }

    /// <summary>A user's own target prompt as far as it fits, and where target phrases of the stimuli happen to stand in it.</summary>
    public AssembledPrompt Given(string prompt, IReadOnlyList<Stimulus> stimuli)
    {
        var cut = Source(prompt);
        var locator = new PhraseLocator(cut.Text);
        var spans = stimuli.SelectMany((s, i) => locator.FindAll(s.TargetPhrase).Take(1).Select(p => new PhraseSpan(i, p.Start, p.End - p.Start)));
        return cut with { Phrases = [.. spans] };
    }

    private static int Words(string text) => text.Length == 0 ? 0 : text.AsSpan().Count(' ') + 1;

    private static List<PhraseSpan> Spans(List<string> phrases, int start, int length)
    {
        var spans = new List<PhraseSpan>();
        for (var i = 0; i < phrases.Count; i++)
        {
            if (phrases[i].Length == 0)
                continue;
            if (start + phrases[i].Length <= length)
                spans.Add(new PhraseSpan(i, start, phrases[i].Length));
            start += phrases[i].Length + 2;
        }
        return spans;
    }

    private string MakeRoom(string caption, string phrases)
    {
        if (phrases.Length == 0 || caption.Length == 0 || Fits($"{caption}. {phrases}", options.TokenBudget))
            return caption;
        var words = caption.Split(' ');
        var half = LongestPrefix(words, text => Fits(text, options.TokenBudget / 2));
        var room = LongestPrefix(words, text => Fits($"{text}. {phrases}", options.TokenBudget));
        return Prefix(words, Math.Max(half, room));
    }

    private string Cut(string text)
    {
        var words = text.Split(' ');
        if (words.Length <= options.MaxWords && Fits(text, options.TokenBudget))
            return text;
        var limited = words.Length <= options.MaxWords ? words : words[..options.MaxWords];
        return Prefix(limited, LongestPrefix(limited, t => Fits(t, options.TokenBudget)));
    }

    private bool Fits(string text, int budget) => countTokens(text) <= budget;

    /// <summary>The largest number of words whose text fits. More words can be fewer tokens only by accident of merging, so the search is checked from above.</summary>
    private static int LongestPrefix(string[] words, Func<string, bool> fits)
    {
        int low = 0, high = words.Length;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (fits(Prefix(words, middle)))
                low = middle;
            else
                high = middle - 1;
        }
        while (low > 0 && !fits(Prefix(words, low)))
            low--;
        return low;
    }

    private static string Prefix(string[] words, int count) => string.Join(' ', words.AsSpan(0, count)!).TrimEnd(',', ';', ':', '-', ' ');

    private string Cased(string text) => options.LowerCase ? text.ToLowerInvariant() : text;
}
