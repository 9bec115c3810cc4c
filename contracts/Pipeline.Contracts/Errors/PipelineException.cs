namespace Pipeline.Contracts.Errors;

/// <summary>Base of the errors that the pipeline raises on purpose: a stable code, and a class that decides about retries.</summary>
/// <param name="code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="faultClass">What the failure means.</param>
/// <param name="message">What happened, where, and what to do.</param>
/// <param name="inner">The cause.</param>
public class PipelineException(string code, FaultClass faultClass, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code, for example <c>PIPE1105</c>.</summary>
    public string Code { get; } = code;

    /// <summary>What the failure means.</summary>
    public FaultClass Class { get; } = faultClass;
}
