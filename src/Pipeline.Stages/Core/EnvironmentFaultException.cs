using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Core;

/// <summary>The worker cannot do any work: it must stop taking messages. No item pays for it.</summary>
public sealed class EnvironmentFaultException(string code, string message, Exception inner) : PipelineException(code, FaultClass.Environment, message, inner);
