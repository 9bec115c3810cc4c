using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Sources;

/// <summary>A source cannot be used. Permanent for the item.</summary>
public sealed class SourceException(string code, string message, Exception? inner = null) : PipelineException(code, FaultClass.Poison, message, inner);
