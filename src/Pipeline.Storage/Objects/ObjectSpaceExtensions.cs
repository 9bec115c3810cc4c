using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.Objects;

/// <summary>Whole-content reading and writing.</summary>
public static class ObjectSpaceExtensions
{
    /// <summary>Writes an object.</summary>
    public static async Task PutAsync(this IObjectSpace space, string key, Stream content, string mediaType, CancellationToken cancellation)
    {
        IObjectWriter writer = await space.CreateAsync(key, mediaType, cancellation).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await content.CopyToAsync(writer.Stream, cancellation).ConfigureAwait(false);
            await writer.CommitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes some bytes.</summary>
    public static async Task PutAsync(this IObjectSpace space, string key, ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancellation)
    {
        using var stream = new ReadOnlyMemoryStream(content);
        await space.PutAsync(key, stream, mediaType, cancellation).ConfigureAwait(false);
    }

    /// <summary>The content of an object of at most <paramref name="maxBytes"/> bytes, or null where there is none.</summary>
    public static async Task<byte[]?> TryReadAsync(this IObjectSpace space, string key, long maxBytes, CancellationToken cancellation)
    {
        ObjectContent? content = await space.TryOpenAsync(key, cancellation).ConfigureAwait(false);
        if (content is null)
        {
            return null;
        }

        await using (content.ConfigureAwait(false))
        {
            if (content.Size > Math.Min(maxBytes, Array.MaxLength))
            {
                throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"{space.Address}/{key} has {content.Size} bytes, the limit here is {maxBytes}");
            }

            byte[] bytes = new byte[content.Size];
            await content.Stream.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
            return bytes;
        }
    }
}
