using Pipeline.Contracts.Errors;

namespace Pipeline.Storage;

/// <summary>An artefact that should exist does not. Transient for the item: running the producing stage again brings it back.</summary>
public sealed class ArtefactMissingException(string what) : ArtefactStoreException(
    ErrorCodes.ArtefactMissing, FaultClass.Transient, $"{what} is not in the artefact store; it is made again when the item is retried");
