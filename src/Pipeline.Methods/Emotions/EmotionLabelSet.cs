namespace Pipeline.Methods.Emotions;

/// <summary>
/// Another data set's emotion labels and how the 27 categories are read as them: the score of a label is the sum of the
/// probabilities of its source categories. Categories that no label names are left out, so the sums need not add up to 1.
/// </summary>
public sealed class EmotionLabelSet
{
    private readonly Emotion[][] _sources;

    private EmotionLabelSet(string name, bool isMultiLabel, params (string Label, string[] Sources)[] rows)
    {
        Name = name;
        IsMultiLabel = isMultiLabel;
        Labels = [.. rows.Select(r => r.Label)];
        _sources = [.. rows.Select(r => r.Sources.Select(noun => EmotionTaxonomy.Resolve(noun).Emotion).ToArray())];
    }

    /// <summary>Emotion6 (Peng et al., 2015): Ekman's six.</summary>
    public static EmotionLabelSet Emotion6 { get; } = new("Emotion6", false,
        ("anger", ["anger"]), ("disgust", ["disgust"]), ("fear", ["fear"]), ("joy", ["joy"]), ("sadness", ["sadness"]), ("surprise", ["surprise"]));

    /// <summary>EmoSet (Yang et al., 2023) with Mikels' eight categories. <c>awe</c> and <c>contentment</c> are approximated.</summary>
    public static EmotionLabelSet EmoSet { get; } = new("EmoSet", false,
        ("amusement", ["amusement"]), ("anger", ["anger"]), ("awe", ["admiration"]), ("contentment", ["relief", "approval"]),
        ("disgust", ["disgust"]), ("excitement", ["excitement"]), ("fear", ["fear"]), ("sadness", ["sadness"]));

    /// <summary>EMOTIC (Kosti et al., 2019): 26 labels of which several may hold at once; asked by their own names, never projected.</summary>
    public static EmotionLabelSet Emotic { get; } = new("Emotic", true,
        [.. new[]
        {
            "affection", "anger", "annoyance", "anticipation", "aversion", "confidence", "disapproval", "disconnection", "disquietment", "doubt/confusion",
            "embarrassment", "engagement", "esteem", "excitement", "fatigue", "fear", "happiness", "pain", "peace", "pleasure", "sadness", "sensitivity",
            "suffering", "surprise", "sympathy", "yearning",
        }.Select(label => (label, Array.Empty<string>()))]);

    /// <summary>All known label sets.</summary>
    public static IReadOnlyList<EmotionLabelSet> All { get; } = [Emotion6, EmoSet, Emotic];

    /// <summary>The data set's name.</summary>
    public string Name { get; }

    /// <summary>True where several labels may hold at once.</summary>
    public bool IsMultiLabel { get; }

    /// <summary>The labels in fixed (alphabetical) order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The categories whose probabilities make up a label; empty for a multi-label set.</summary>
    public IReadOnlyList<Emotion> SourcesOf(int label) => _sources[label];

    /// <summary>Scores of <see cref="Labels"/> from probabilities over the 27 categories (in id order).</summary>
    /// <exception cref="EmotionException">The set has its own names only, or the number of probabilities is not 27.</exception>
    public double[] Project(ReadOnlySpan<double> probabilities)
    {
        if (IsMultiLabel)
            throw new EmotionException($"{Name} is multi-label: score its own label names instead of projecting the taxonomy.");
        if (probabilities.Length != EmotionTaxonomy.All.Count)
            throw new EmotionException($"{Name} needs {EmotionTaxonomy.All.Count} probabilities in id order, but got {probabilities.Length}.");
        var scores = new double[Labels.Count];
        for (var label = 0; label < scores.Length; label++)
        {
            foreach (var source in _sources[label])
                scores[label] += probabilities[source.Id];
        }
        return scores;
    }
}
