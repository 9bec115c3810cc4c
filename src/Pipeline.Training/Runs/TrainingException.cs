namespace Pipeline.Training.Runs;

/// <summary>A training that cannot start, go on or be resumed. The message says what is wrong, where, and what to do.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Without a cause.</summary>
    public TrainingException(string message)
        : base(message)
    {
    }

    /// <summary>With a cause.</summary>
    public TrainingException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
