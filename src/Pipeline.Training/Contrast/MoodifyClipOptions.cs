using System.Text.Json.Serialization;

namespace Pipeline.Training.Contrast;

/// <summary>Settings of the MoodifyCLIP trainer.</summary>
public sealed record MoodifyClipOptions
{
    /// <summary>Positions of the trained text tower: <see cref="Keep"/> + factor · (the base's − <see cref="Keep"/>), the base's own number leaving them as they are. 248 where the base has 77, else the base's, when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Positions { get; init; }

    /// <summary>The first positions, which are neither stretched nor trained.</summary>
    public int Keep { get; init; } = 20;

    /// <summary>Weight of the contrast of pictures with all five sentences.</summary>
    public double Full { get; init; } = 1;

    /// <summary>Weight of the contrast of pictures' coarse part with the first and the last sentence.</summary>
    public double Summary { get; init; } = 1;

    /// <summary>Weight of the contrast of sentences with the patches that they gather.</summary>
    public double FineGrained { get; init; } = 1;

    /// <summary>Weight of the contrast of pictures with sets of sentences by optimal transport.</summary>
    public double Transport { get; init; } = 1;

    /// <summary>Label smoothing of the contrasts of whole pictures, <see cref="Full"/> and <see cref="Summary"/>; below 1.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    internal string? Problem()
    {
        double[] weights = [Full, Summary, FineGrained, Transport];
        return weights.Any(w => !(w >= 0) || !double.IsFinite(w)) || weights.All(w => w == 0) ? "task: full, summary, fineGrained and transport must not be negative, nor all 0"
            : !(LabelSmoothing is >= 0 and < 1) ? "task.labelSmoothing must lie in [0, 1)"
            : Keep < 0 ? "task.keep must not be negative"
            : null;
    }
}
