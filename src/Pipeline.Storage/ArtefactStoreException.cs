using Pipeline.Contracts.Errors;

namespace Pipeline.Storage;

/// <summary>The artefact store failed.</summary>
public class ArtefactStoreException(string code, FaultClass faultClass, string message, Exception? inner = null) : PipelineException(code, faultClass, message, inner);
