namespace Pipeline.Evaluation.Comparison;

/// <summary>What a run says about a reported order.</summary>
public enum OrderVerdict
{
    /// <summary>Fewer than two cases have both numbers.</summary>
    Untested,

    /// <summary>The interval of the difference holds 0.</summary>
    Undecided,

    /// <summary>The whole interval is on the reported side.</summary>
    Holds,

    /// <summary>The whole interval is on the other side.</summary>
    Reversed,
}
