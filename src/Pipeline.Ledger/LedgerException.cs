using Pipeline.Contracts.Errors;

namespace Pipeline.Ledger;

/// <summary>The ledger cannot be opened, read or written.</summary>
public sealed class LedgerException(string code, FaultClass faultClass, string message, Exception? inner = null) : PipelineException(code, faultClass, message, inner);
