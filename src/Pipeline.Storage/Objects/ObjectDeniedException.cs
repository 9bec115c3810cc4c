using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.Objects;

/// <summary>One place or object may not be used with these credentials, or its bucket does not exist; others may work.</summary>
public sealed class ObjectDeniedException(string message, Exception? inner = null) : ArtefactStoreException(ErrorCodes.EnvironmentFault, FaultClass.Environment, message, inner);
