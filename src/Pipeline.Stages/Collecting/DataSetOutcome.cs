namespace Pipeline.Stages.Collecting;

/// <summary>What came of writing the data set of a job whose items had ended.</summary>
public enum DataSetOutcome
{
    /// <summary>It is written.</summary>
    Written,

    /// <summary>Results are no longer stored: their items were opened again, and the data set is to be written when they have ended another time.</summary>
    Reopened,

    /// <summary>Results were lost again and again: find out why before they are made another time.</summary>
    GivenUp,
}
