using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Models;
using Pipeline.Models.Classification;

namespace Pipeline.Cli.Eval;

/// <summary>Asks a classifier whether an edit brought what its case expects. Without a classifier in the model directory, or with one of other classes, there is no such score.</summary>
internal sealed class CaseJudge(ImageClassifier? classifier) : IDisposable
{
    private const double Seen = 0.5;

    private readonly Dictionary<string, int> _labels = (classifier?.Labels ?? []).Select((name, at) => (name, at)).ToDictionary(l => l.name, l => l.at, StringComparer.OrdinalIgnoreCase);

    /// <summary>The judge of a model directory.</summary>
    /// <exception cref="ModelFormatException">There is a classifier, but it cannot be loaded.</exception>
    public static CaseJudge Open(string models) =>
        new(ModelDirectory.Open(models).Find(ComponentKind.Classifier) is { } found ? ImageClassifier.Load(found.Path) : null);

    /// <summary>
    /// 1 when every expected class is seen and none of the others, else 0; missing when a class is unknown to the classifier. A class is seen when its probability is over one half, or, where
    /// classes exclude one another, when it is the likeliest.
    /// </summary>
    public MetricValue Judge(IReadOnlyList<string> expected, RgbImage picture)
    {
        if (classifier is null || expected.Count == 0 || expected.Any(e => !_labels.ContainsKey(e.TrimStart('!'))))
        {
            return MetricValue.Missing;
        }

        double[] probabilities = classifier.Classify(picture);
        bool Sees(int label) => classifier.MultiLabel ? probabilities[label] > Seen : probabilities[label] >= probabilities.Max();
        return expected.All(e => Sees(_labels[e.TrimStart('!')]) != e.StartsWith('!')) ? 1 : 0;
    }

    /// <inheritdoc />
    public void Dispose() => classifier?.Dispose();
}
