namespace Pipeline.Training.Contrast;

/// <summary>
/// Emotions by nearest text: a class is the mean of several sentences' unit vectors, made a unit vector again, and a picture's answers are the classes in the order of their cosines. The softmax of logits has that order at
/// every scale.
/// </summary>
public static class ZeroShotEmotions
{
    /// <summary>Judges answers.</summary>
    /// <param name="cosines">Of every picture with every class.</param>
    /// <param name="labels">The right class of every picture.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or a label is no class.</exception>
    public static ZeroShotScore Measure(IReadOnlyList<float[]> cosines, IReadOnlyList<int> labels, int classes)
    {
        ArgumentNullException.ThrowIfNull(cosines);
        ArgumentNullException.ThrowIfNull(labels);
        if (cosines.Count != labels.Count || cosines.Any(c => c.Length != classes) || labels.Any(l => l < 0 || l >= classes))
        {
            throw new ArgumentException($"every picture needs {classes} cosines and a label below that: {cosines.Count} rows, {labels.Count} labels", nameof(cosines));
        }

        int[] asked = new int[classes], answered = new int[classes], right = new int[classes];
        int first = 0, third = 0;
        foreach ((float[] row, int label) in cosines.Zip(labels))
        {
            int[] order = [.. Enumerable.Range(0, classes).OrderByDescending(c => row[c])];       // stable: of equals the first class
            asked[label]++;
            answered[order[0]]++;
            right[label] += order[0] == label ? 1 : 0;
            first += order[0] == label ? 1 : 0;
            third += order.Take(3).Contains(label) ? 1 : 0;
        }

        // F1 = 2 right / (asked + answered)
        double[] f1 = [.. Enumerable.Range(0, classes).Where(c => asked[c] + answered[c] > 0).Select(c => 200.0 * right[c] / (asked[c] + answered[c]))];
        double Share(int found) => labels.Count == 0 ? double.NaN : 100.0 * found / labels.Count;
        return new ZeroShotScore(
            labels.Count, Share(first), Share(third), f1.Length == 0 ? double.NaN : f1.Average(), [.. asked.Select((n, c) => n == 0 ? (double?)null : 100.0 * right[c] / n)]);
    }
}
