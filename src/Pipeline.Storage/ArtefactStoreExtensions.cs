using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage;

/// <summary>Whole-content reading and writing for artefacts that fit into memory.</summary>
public static class ArtefactStoreExtensions
{
    /// <summary>Stores some bytes.</summary>
    public static async Task<BlobRef> PutBlobAsync(this IArtefactStore store, ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancellation)
    {
        using var stream = new ReadOnlyMemoryStream(content);
        return await store.PutBlobAsync(stream, mediaType, cancellation).ConfigureAwait(false);
    }

    /// <summary>The verified content of a blob of at most <paramref name="maxBytes"/> bytes.</summary>
    public static async Task<byte[]> ReadBlobAsync(this IArtefactStore store, BlobRef blob, long maxBytes, CancellationToken cancellation)
    {
        if (blob.Size < 0 || blob.Size > Math.Min(maxBytes, Array.MaxLength))
        {
            throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"blob {blob.Sha256} has {blob.Size} bytes, the limit here is {maxBytes}");
        }

        Stream stream = await store.OpenBlobAsync(blob, cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] content = new byte[blob.Size];
            await stream.ReadExactlyAsync(content, cancellation).ConfigureAwait(false);
            return content;
        }
    }
}
