using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Reports;

/// <summary>One picture with one emotion, as a report shows it. Only id, emotion and status are needed; the rest is shown where it is there.</summary>
public sealed record ReportItem
{
    /// <summary>Id in the job.</summary>
    public required string Id { get; init; }

    /// <summary>Emotion, or the prompt's name in a job without emotions.</summary>
    public required string Emotion { get; init; }

    /// <summary>How it ended.</summary>
    public required ReportStatus Status { get; init; }

    /// <summary>Method and preset; tables are by method.</summary>
    public string Method { get; init; } = string.Empty;

    /// <summary>The picture before.</summary>
    public ReportImage? Before { get; init; }

    /// <summary>The picture after.</summary>
    public ReportImage? After { get; init; }

    /// <summary>The stimulus map as a grey picture, shown as colours over the picture before.</summary>
    public ReportImage? Mask { get; init; }

    /// <summary>Prompt of the picture as it was.</summary>
    public string SourcePrompt { get; init; } = string.Empty;

    /// <summary>Prompt of the edit.</summary>
    public string TargetPrompt { get; init; } = string.Empty;

    /// <summary>What was to be avoided.</summary>
    public string NegativePrompt { get; init; } = string.Empty;

    /// <summary>What the captioner says of the result.</summary>
    public string Caption { get; init; } = string.Empty;

    /// <summary>What carries the mood.</summary>
    public IReadOnlyList<ReportStimulus> Stimuli { get; init; } = [];

    /// <summary>Scores by metric name.</summary>
    public IReadOnlyDictionary<string, MetricValue> Metrics { get; init; } = new Dictionary<string, MetricValue>();

    /// <summary>Seconds by stage, in the order they ran.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Seconds { get; init; } = [];

    /// <summary>Why it failed.</summary>
    public ReportError? Error { get; init; }

    /// <summary>Remarks: repairs of the answer, where the mask comes from, fallbacks.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
