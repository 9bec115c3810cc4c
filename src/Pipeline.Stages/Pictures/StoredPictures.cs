using System.Collections.Concurrent;
using Pipeline.Contracts.Artefacts;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Storage;

namespace Pipeline.Stages.Pictures;

/// <summary>Reads and decodes stored pictures. The last few are kept, because the edits of one picture ask for it one after the other.</summary>
/// <param name="limits">What a picture may cost.</param>
public sealed class StoredPictures(DecodeLimits? limits = null)
{
    private const int Kept = 8;
    private readonly DecodeLimits limits = limits ?? DecodeLimits.Default;
    private readonly ConcurrentDictionary<string, Task<RgbImage>> recent = new(StringComparer.Ordinal);

    /// <summary>The pixels of a stored picture. Shared: not to be changed.</summary>
    /// <exception cref="ImageFormatException">The content gives no picture within the limits.</exception>
    public async Task<RgbImage> ReadAsync(IArtefactStore store, BlobRef blob, CancellationToken cancellation)
    {
        if (recent.Count > Kept)
        {
            recent.Clear();
        }

        Task<RgbImage> task = recent.GetOrAdd(blob.Sha256, _ => DecodeAsync(store, blob, cancellation));
        try
        {
            return await task.ConfigureAwait(false);
        }
        catch
        {
            recent.TryRemove(blob.Sha256, out _);
            throw;
        }
    }

    /// <summary>A stored mask: the luma of a picture, 0 to 1.</summary>
    public async Task<MaskImage> ReadMaskAsync(IArtefactStore store, BlobRef blob, CancellationToken cancellation) =>
        MaskImage.FromImage(await ReadAsync(store, blob, cancellation).ConfigureAwait(false));

    private async Task<RgbImage> DecodeAsync(IArtefactStore store, BlobRef blob, CancellationToken cancellation)
    {
        limits.CheckLength(blob.Size, "the picture");
        byte[] content = await store.ReadBlobAsync(blob, limits.MaxBytes, cancellation).ConfigureAwait(false);
        return ImageCodec.Default.Decode(content, limits, "the picture");
    }
}
