namespace Pipeline.Models.Tokenizers;

/// <summary>Joins punctuation and English contractions to the word before them (<c>clean_up_tokenization_spaces</c>).</summary>
internal static class CleanUp
{
    private static readonly (string From, string To)[] s_rules =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>Applies the rules, each to the whole text, in order.</summary>
    public static string Apply(string text) => s_rules.Aggregate(text, (t, rule) => t.Replace(rule.From, rule.To, StringComparison.Ordinal));
}
