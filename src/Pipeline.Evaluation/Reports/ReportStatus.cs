namespace Pipeline.Evaluation.Reports;

/// <summary>How an item ended.</summary>
public enum ReportStatus
{
    /// <summary>Edited.</summary>
    Ok,

    /// <summary>Ended with an error.</summary>
    Failed,

    /// <summary>Left out on purpose.</summary>
    Skipped,
}
