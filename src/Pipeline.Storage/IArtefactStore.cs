using Pipeline.Contracts.Artefacts;

namespace Pipeline.Storage;

/// <summary>
/// Where artefacts live. Two kinds of objects: blobs, named by the digest of their content, so that storing one twice is harmless; and manifests, named by a work key,
/// of which the first writer wins: a published manifest is the commit point of a stage. Both are durable when the call returns, and never visible in part.
/// Implementations are safe for concurrent use by many processes.
/// </summary>
public interface IArtefactStore
{
    /// <summary>Stores content under its digest. Reads the stream to its end in bounded memory; a blob that exists already is left as it is.</summary>
    /// <exception cref="ArtefactStoreException">The store failed; see its class for whether to try again.</exception>
    Task<BlobRef> PutBlobAsync(Stream content, string mediaType, CancellationToken cancellation);

    /// <summary>Whether a blob of this digest and size is stored. Does not read the content.</summary>
    Task<bool> HasBlobAsync(BlobRef blob, CancellationToken cancellation);

    /// <summary>
    /// Opens a blob for one reading from start to end. The content is checked while it is read: the read that would deliver the last bytes throws instead when the
    /// digest does not match, so a reader that reached the end has the true content.
    /// </summary>
    /// <exception cref="ArtefactMissingException">There is no such blob.</exception>
    /// <exception cref="ArtefactCorruptException">The stored bytes are not what the digest says (also thrown by the stream's reads).</exception>
    Task<Stream> OpenBlobAsync(BlobRef blob, CancellationToken cancellation);

    /// <summary>Takes a blob out of use after its content was found wrong, so that storing it again heals it.</summary>
    Task DiscardBlobAsync(BlobRef blob, CancellationToken cancellation);

    /// <summary>The bytes of a published manifest, or null.</summary>
    Task<byte[]?> TryReadManifestAsync(ManifestKey key, CancellationToken cancellation);

    /// <summary>Publishes a manifest unless one exists under this key.</summary>
    /// <returns>Whether this call won, and the bytes that are published now: the given ones, or those of the earlier winner.</returns>
    Task<PublishedManifest> PublishManifestAsync(ManifestKey key, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Takes a manifest back because blobs that it names are lost; the work will be done again.</summary>
    Task WithdrawManifestAsync(ManifestKey key, CancellationToken cancellation);
}
