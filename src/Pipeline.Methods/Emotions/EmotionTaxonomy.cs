using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Methods.Emotions;

/// <summary>
/// The 27 emotion categories: the GoEmotions list (Demszky et al., 2020) without "neutral", in the order used by MoodArchive.
/// The order is part of the file formats: ids are stored in results.
/// </summary>
public static class EmotionTaxonomy
{
    /// <summary>All categories; <c>All[i].Id == i</c>.</summary>
    public static IReadOnlyList<Emotion> All { get; } =
    [
        new(0, "admiration", "admirable", Polarity.Positive),
        new(1, "amusement", "amusing", Polarity.Positive),
        new(2, "anger", "angry", Polarity.Negative),
        new(3, "annoyance", "annoying", Polarity.Negative),
        new(4, "approval", "approving", Polarity.Positive),
        new(5, "caring", "caring", Polarity.Positive),
        new(6, "confusion", "confusing", Polarity.Ambiguous),
        new(7, "curiosity", "curious", Polarity.Ambiguous),
        new(8, "desire", "desirable", Polarity.Positive),
        new(9, "disappointment", "disappointing", Polarity.Negative),
        new(10, "disapproval", "disapproving", Polarity.Negative),
        new(11, "disgust", "disgusting", Polarity.Negative),
        new(12, "embarrassment", "embarrassing", Polarity.Negative),
        new(13, "excitement", "exciting", Polarity.Positive),
        new(14, "gratitude", "grateful", Polarity.Positive),
        new(15, "grief", "grief-stricken", Polarity.Negative),
        new(16, "joy", "joyful", Polarity.Positive),
        new(17, "love", "loving", Polarity.Positive),
        new(18, "nervousness", "nervous", Polarity.Negative),
        new(19, "optimism", "optimistic", Polarity.Positive),
        new(20, "pride", "proud", Polarity.Positive),
        new(21, "realization", "revealing", Polarity.Ambiguous),
        new(22, "relief", "relieved", Polarity.Positive),
        new(23, "remorse", "remorseful", Polarity.Negative),
        new(24, "sadness", "sad", Polarity.Negative),
        new(25, "fear", "scary", Polarity.Negative),
        new(26, "surprise", "surprising", Polarity.Ambiguous),
    ];

    /// <summary>Words of other label sets that come close to a category without meaning the same.</summary>
    private static readonly (string Word, string Noun)[] LossyAliases =
    [
        ("awe", "admiration"), ("awed", "admiration"),
        ("contentment", "relief"), ("contented", "relief"),
        ("happiness", "joy"), ("happy", "joy"),
        ("anxiety", "nervousness"), ("anxious", "nervousness"),
    ];

    private static readonly FrozenDictionary<string, (Emotion Emotion, bool Lossy)> Words = BuildWords();

    /// <summary>Stands for edits that are no emotion's: their prompts say everything. No member of <see cref="All"/>, and no word resolves to it.</summary>
    public static Emotion None { get; } = new(-1, "none", "", Polarity.Ambiguous);

    /// <summary>Whether a word asks for <see cref="None"/>.</summary>
    public static bool IsNone(string? text) => None.Noun.Equals(text?.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>The category with this id (0..26).</summary>
    /// <exception cref="EmotionException">The id is not one of the 27.</exception>
    public static Emotion ById(int id) => id >= 0 && id < All.Count
        ? All[id]
        : throw new EmotionException($"Emotion id {id} does not exist: the taxonomy has ids 0 to {All.Count - 1}.");

    /// <summary>Reads a noun, an adjective or a known alias, in any case and with surrounding blanks.</summary>
    public static bool TryResolve(string? text, [NotNullWhen(true)] out EmotionMatch? match)
    {
        var given = text?.Trim() ?? "";
        match = Words.TryGetValue(given, out var found) ? new EmotionMatch(found.Emotion, given, found.Lossy) : null;
        return match is not null;
    }

    /// <summary>As <see cref="TryResolve"/>, with an error that names the nearest categories.</summary>
    /// <exception cref="EmotionException">The word is unknown.</exception>
    public static EmotionMatch Resolve(string? text)
    {
        if (TryResolve(text, out var match))
            return match;
        var near = All.OrderBy(e => EditDistance(e.Noun, (text ?? "").Trim())).ThenBy(e => e.Id).Take(3).Select(e => e.Noun);
        throw new EmotionException($"'{Shorten(text)}' is not an emotion of the taxonomy. Nearest: {string.Join(", ", near)}. " +
            $"All: {string.Join(", ", All.Select(e => e.Noun))}.");
    }

    private static FrozenDictionary<string, (Emotion, bool)> BuildWords()
    {
        var words = new Dictionary<string, (Emotion, bool)>(StringComparer.OrdinalIgnoreCase);
        foreach (var emotion in All)
        {
            words[emotion.Noun] = (emotion, false);
            words[emotion.Adjective] = (emotion, false);
        }
        foreach (var (word, noun) in LossyAliases)
            words.Add(word, (All.Single(e => e.Noun == noun), true));
        return words.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static string Shorten(string? text) => text is null ? "" : text.Length <= 60 ? text : text[..60] + "…";

    private static int EditDistance(string a, string b)
    {
        b = b.Length <= 60 ? b : b[..60];
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
