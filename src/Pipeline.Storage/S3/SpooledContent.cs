using System.Buffers;
using System.Security.Cryptography;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.S3;

/// <summary>
/// Content that was read to its end, so that its digest is known and every part of it can be sent again: small content in a rented buffer, large content in a
/// temporary file without a name.
/// </summary>
internal sealed class SpooledContent : IDisposable
{
    private readonly byte[]? buffer;
    private readonly FileStream? file;

    private SpooledContent(byte[]? buffer, FileStream? file, long size, string digest) => (this.buffer, this.file, Size, Digest) = (buffer, file, size, digest);

    public long Size { get; }

    public string Digest { get; }

    public static async Task<SpooledContent> ReadAsync(Stream content, int inMemory, string folder, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(inMemory);
        FileStream? file = null;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int held = await FillAsync(content, buffer.AsMemory(0, inMemory), cancellation).ConfigureAwait(false);
            hash.AppendData(buffer, 0, held);
            long size = held;
            while (held == inMemory)
            {
                file ??= Open(folder);
                await file.WriteAsync(buffer.AsMemory(0, held), cancellation).ConfigureAwait(false);
                held = await FillAsync(content, buffer.AsMemory(0, inMemory), cancellation).ConfigureAwait(false);
                hash.AppendData(buffer, 0, held);
                if ((size += held) > StoreLimits.MaxBlobBytes)
                {
                    throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"the content is larger than {StoreLimits.MaxBlobBytes} bytes");
                }
            }

            if (file is not null)
            {
                await file.WriteAsync(buffer.AsMemory(0, held), cancellation).ConfigureAwait(false);
                await file.FlushAsync(cancellation).ConfigureAwait(false);
            }

            return new SpooledContent(buffer, file, size, Convert.ToHexStringLower(hash.GetCurrentHash()));
        }
        catch
        {
            file?.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>Takes over a spool file that was written elsewhere.</summary>
    public static SpooledContent Of(FileStream file, long size, string digest) => new(null, file, size, digest);

    /// <summary>A view of a part; the views share nothing but the content and may be read at the same time.</summary>
    public Stream Open(long offset, long length) => file is null
        ? new MemoryStream(buffer!, (int)offset, (int)length, writable: false)
        : new FileSectionStream(file.SafeFileHandle, offset, length);

    public void Dispose()
    {
        file?.Dispose();
        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<int> FillAsync(Stream content, Memory<byte> target, CancellationToken cancellation)
    {
        int held = 0;
        int read;
        while (held < target.Length && (read = await content.ReadAsync(target[held..], cancellation).ConfigureAwait(false)) > 0)
        {
            held += read;
        }

        return held;
    }

    /// <summary>A temporary file without a name.</summary>
    public static FileStream Open(string folder)
    {
        string path = Path.Combine(folder, $"moodpipe-spool-{Guid.NewGuid():n}");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 0);
        // Without a name it is gone when the process is, however that ends.
        File.Delete(path);
        return file;
    }
}
