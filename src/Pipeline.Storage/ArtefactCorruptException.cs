using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage;

/// <summary>Stored bytes do not match their digest. Transient for the item: the blob is discarded and made again.</summary>
public sealed class ArtefactCorruptException(BlobRef blob, string detail) : ArtefactStoreException(
    ErrorCodes.ArtefactCorrupt, FaultClass.Transient, $"blob {blob.Sha256} is corrupt: {detail}; it is made again when the item is retried")
{
    /// <summary>The blob in question.</summary>
    public BlobRef Blob { get; } = blob;
}
