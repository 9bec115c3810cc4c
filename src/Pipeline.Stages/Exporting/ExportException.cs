using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Exporting;

/// <summary>A data set cannot be exported as asked.</summary>
public sealed class ExportException(string message, Exception? inner = null) : PipelineException(ErrorCodes.Parameter, FaultClass.Poison, message, inner);
