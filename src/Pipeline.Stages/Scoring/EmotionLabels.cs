using Pipeline.Methods.Emotions;

namespace Pipeline.Stages.Scoring;

/// <summary>Which labels of a classifier are emotions. A label counts when it is a word of the taxonomy, an alias of one, or <c>neutral</c>; a classifier needs two such labels.</summary>
public sealed class EmotionLabels
{
    private const string Neutral = "neutral";
    private readonly (int Index, string Word, int? Category)[] _labels;

    /// <summary>Looks through the labels.</summary>
    public EmotionLabels(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        _labels =
        [
            .. labels.Select((label, i) => (i, label.Trim(), EmotionTaxonomy.TryResolve(label, out EmotionMatch? match) && !match.IsLossy ? (int?)match.Emotion.Id : null, match))
                .Where(l => l.match is not null || l.Item2.Equals(Neutral, StringComparison.OrdinalIgnoreCase))
                .Select(l => (l.i, l.Item2, l.Item3)),
        ];
    }

    /// <summary>Whether the classifier can tell emotions apart.</summary>
    public bool AreEnough => _labels.Length > 1;

    /// <summary>Position among the emotion labels of a wanted emotion: the same word, else the same category; null when the classifier does not know it.</summary>
    public int? Find(string emotion)
    {
        int same = Array.FindIndex(_labels, l => l.Word.Equals(emotion?.Trim(), StringComparison.OrdinalIgnoreCase));
        if (same < 0 && EmotionTaxonomy.TryResolve(emotion, out EmotionMatch? match) && !match.IsLossy)
        {
            same = Array.FindIndex(_labels, l => l.Category == match.Emotion.Id);
        }

        return same < 0 ? null : same;
    }

    /// <summary>The emotions' shares of what the classifier gives all its labels; sums to 1.</summary>
    public double[] Distribution(IReadOnlyList<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        double sum = _labels.Sum(l => probabilities[l.Index]);
        return Array.ConvertAll(_labels, l => sum > 0 ? probabilities[l.Index] / sum : 1.0 / _labels.Length);
    }
}
