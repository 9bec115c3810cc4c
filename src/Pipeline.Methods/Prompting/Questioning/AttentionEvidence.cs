namespace Pipeline.Methods.Prompting;

/// <summary>Turns an answer's token attention into one grid a phrase, and one for all words outside phrases.</summary>
internal static class AttentionEvidence
{
    /// <summary>Grids by locating phrase and the neutral grid; empty where no phrase is found in the text or the model cannot tell.</summary>
    public static (IReadOnlyDictionary<string, AttentionGrid> Phrases, AttentionGrid? Neutral) Read(IVisualAnswer answer, IReadOnlyList<Stimulus> stimuli)
    {
        var none = (new Dictionary<string, AttentionGrid>(), (AttentionGrid?)null);
        var locator = new PhraseLocator(answer.Text);
        var tokens = new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal);
        foreach (var stimulus in stimuli.Where(s => !s.IsGlobal))
        {
            var field = stimulus.Action == StimulusAction.Add ? "target_phrase" : "source_phrase";
            if (locator.Find(stimulus.LocatingPhrase, field) is { } place && PhraseLocator.Tokens(answer.Tokens, [place]) is { Count: > 0 } own)
                tokens[stimulus.LocatingPhrase] = own;
        }
        if (tokens.Count == 0)
            return none;

        var named = stimuli.SelectMany(s => locator.FindAll(s.SourcePhrase).Concat(locator.FindAll(s.TargetPhrase)));
        var inPhrases = PhraseLocator.Tokens(answer.Tokens, named).ToHashSet();
        List<int> neutral = [.. Enumerable.Range(0, answer.Tokens.Count).Where(t => !inPhrases.Contains(t) && answer.Tokens[t].End > answer.Tokens[t].Start)];
        // One call for all tokens: the model reads the text once.
        List<int> wanted = [.. tokens.Values.SelectMany(t => t).Concat(neutral).Distinct().Order()];
        if (answer.AttentionOf(wanted) is not { } rows)
            return none;
        var byToken = wanted.Zip(rows).ToDictionary(p => p.First, p => p.Second);
        return (tokens.ToDictionary(p => p.Key, p => Sum(p.Value, byToken), StringComparer.Ordinal), neutral.Count == 0 ? null : Mean(neutral, byToken));
    }

    private static AttentionGrid Sum(IEnumerable<int> tokens, Dictionary<int, AttentionGrid> rows)
    {
        var own = tokens.Select(t => rows[t]).ToList();
        return AttentionGrid.Sum(own[0].Size, own.Select(r => r.Values));
    }

    private static AttentionGrid Mean(List<int> tokens, Dictionary<int, AttentionGrid> rows)
    {
        var sum = Sum(tokens, rows);
        return new AttentionGrid(sum.Size, Array.ConvertAll(sum.Values, v => v / tokens.Count));
    }
}
