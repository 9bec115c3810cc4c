using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Messaging;

/// <summary>A message cannot be used or sent: too large, malformed, or not for this stage. Trying again does not help.</summary>
public sealed class UnusableMessageException(string message) : PipelineException(ErrorCodes.Message, FaultClass.Poison, message);
