namespace Pipeline.Stages.Scoring;

/// <summary>The metrics of an edit.</summary>
public sealed record ScoreFacts
{
    /// <summary>Values by name; metrics that have no value for this edit (an infinite PSNR, no background) are left out.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }
}
