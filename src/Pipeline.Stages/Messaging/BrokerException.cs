using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Messaging;

/// <summary>The broker cannot be used: it does not answer, refuses the user, or lacks queues.</summary>
/// <param name="code">One of <see cref="ErrorCodes"/>, 18xx.</param>
/// <param name="message">What, where, and what to do.</param>
/// <param name="inner">The cause.</param>
public sealed class BrokerException(string code, string message, Exception? inner = null) : PipelineException(code, FaultClass.Environment, message, inner);
