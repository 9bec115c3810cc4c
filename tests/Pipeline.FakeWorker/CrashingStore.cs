using Pipeline.Contracts.Artefacts;
using Pipeline.Storage;

namespace Pipeline.FakeWorker;

/// <summary>A store in which the process may die at the moments that matter, and that can be slow.</summary>
internal sealed class CrashingStore(IArtefactStore inner, CrashPlan plan, TimeSpan delay) : IArtefactStore
{
    private const string Settings = "settings";

    public async Task<BlobRef> PutBlobAsync(Stream content, string mediaType, CancellationToken cancellation)
    {
        await Task.Delay(delay, cancellation);
        BlobRef blob = await inner.PutBlobAsync(content, mediaType, cancellation);
        plan.Pass(CrashPlan.AfterBlob);
        return blob;
    }

    public Task<bool> HasBlobAsync(BlobRef blob, CancellationToken cancellation) => inner.HasBlobAsync(blob, cancellation);

    public async Task<Stream> OpenBlobAsync(BlobRef blob, CancellationToken cancellation)
    {
        await Task.Delay(delay, cancellation);
        return await inner.OpenBlobAsync(blob, cancellation);
    }

    public Task DiscardBlobAsync(BlobRef blob, CancellationToken cancellation) => inner.DiscardBlobAsync(blob, cancellation);

    public Task<byte[]?> TryReadManifestAsync(ManifestKey key, CancellationToken cancellation)
    {
        if (key.Stage != Settings)
        {
            plan.Pass(CrashPlan.Start);
        }

        return inner.TryReadManifestAsync(key, cancellation);
    }

    public async Task<PublishedManifest> PublishManifestAsync(ManifestKey key, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        PublishedManifest published = await inner.PublishManifestAsync(key, content, cancellation);
        plan.Pass(CrashPlan.AfterManifest);
        return published;
    }

    public Task WithdrawManifestAsync(ManifestKey key, CancellationToken cancellation) => inner.WithdrawManifestAsync(key, cancellation);
}
