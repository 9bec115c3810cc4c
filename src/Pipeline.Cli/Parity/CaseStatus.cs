namespace Pipeline.Cli.Parity;

/// <summary>Outcome of a whole case.</summary>
public enum CaseStatus
{
    /// <summary>Everything expected was compared and agrees.</summary>
    Passed,

    /// <summary>Something differs, is missing, or the run ended with an error.</summary>
    Failed,

    /// <summary>No runner knows this kind of case. Counts as a failure: an unproven case is not a proven one.</summary>
    Unsupported,

    /// <summary>The case needs a file that lies outside of it and is not on this machine. Counts as a failure of the command.</summary>
    Unavailable,
}
