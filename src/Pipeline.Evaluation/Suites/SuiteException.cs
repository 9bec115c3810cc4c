namespace Pipeline.Evaluation.Suites;

/// <summary>A suite cannot be read as it is; the message names file, place and remedy.</summary>
public sealed class SuiteException : Exception
{
    /// <inheritdoc />
    public SuiteException(string message)
        : base(message)
    {
    }

    /// <inheritdoc />
    public SuiteException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
