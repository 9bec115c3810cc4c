namespace Pipeline.Training.Captioning;

/// <summary>How near written captions are to those that pictures have, where no attribute is known: words in common, whatever their order.</summary>
internal static class WordOverlap
{
    private static readonly char[] s_between = [' ', '\t', '\n', ',', '.', ';', ':', '!', '?', '"', '(', ')'];

    /// <summary>Largest F1 of the words of a caption with one of the references, 0..1.</summary>
    public static double Of(string caption, IReadOnlyList<string> references)
    {
        Dictionary<string, int> said = Words(caption);
        return references.Max(r => F1(said, Words(r)));
    }

    private static double F1(Dictionary<string, int> said, Dictionary<string, int> wanted)
    {
        int common = said.Sum(w => Math.Min(w.Value, wanted.GetValueOrDefault(w.Key))), all = said.Values.Sum() + wanted.Values.Sum();
        return all == 0 ? 1 : 2.0 * common / all;
    }

    private static Dictionary<string, int> Words(string text) =>
        text.ToLowerInvariant().Split(s_between, StringSplitOptions.RemoveEmptyEntries).GroupBy(w => w, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
}
