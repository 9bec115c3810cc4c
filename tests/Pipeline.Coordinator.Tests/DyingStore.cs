using Pipeline.Contracts.Artefacts;
using Pipeline.Storage;

namespace Pipeline.Coordinator.Tests;

/// <summary>A store that fails when something is published: the process dies between its commit and the message.</summary>
internal sealed class DyingStore(IArtefactStore inner) : IArtefactStore
{
    public Task<BlobRef> PutBlobAsync(Stream content, string mediaType, CancellationToken cancellation) => inner.PutBlobAsync(content, mediaType, cancellation);

    public Task<bool> HasBlobAsync(BlobRef blob, CancellationToken cancellation) => inner.HasBlobAsync(blob, cancellation);

    public Task<Stream> OpenBlobAsync(BlobRef blob, CancellationToken cancellation) => inner.OpenBlobAsync(blob, cancellation);

    public Task DiscardBlobAsync(BlobRef blob, CancellationToken cancellation) => inner.DiscardBlobAsync(blob, cancellation);

    public Task<byte[]?> TryReadManifestAsync(ManifestKey key, CancellationToken cancellation) => inner.TryReadManifestAsync(key, cancellation);

    public Task<PublishedManifest> PublishManifestAsync(ManifestKey key, ReadOnlyMemory<byte> content, CancellationToken cancellation) => throw new IOException("died");

    public Task WithdrawManifestAsync(ManifestKey key, CancellationToken cancellation) => inner.WithdrawManifestAsync(key, cancellation);
}
