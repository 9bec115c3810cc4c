using System.Security.Cryptography;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.Folder;

/// <summary>
/// Artefacts in a folder. Every object is written to a temporary file, flushed, and then linked to its final name, which never replaces anything: a process
/// killed at any moment leaves either the whole object or an abandoned temporary file, which the next opening removes.
/// </summary>
public sealed class FolderArtefactStore : IArtefactStore
{
    private const int BufferBytes = 128 * 1024;
    private const int DiskFull = 28; // ENOSPC
    private const int ReadOnlyFileSystem = 30; // EROFS
    private readonly FolderStoreOptions options;
    private readonly TemporaryFiles temporary;
    private readonly string root;

    /// <summary>Opens or creates the store and removes abandoned temporary files.</summary>
    /// <exception cref="ArtefactStoreException">The folder cannot be used.</exception>
    public FolderArtefactStore(FolderStoreOptions options)
    {
        this.options = options;
        root = Path.GetFullPath(options.Root);
        temporary = Guarded(() =>
        {
            Directory.CreateDirectory(root);
            var files = new TemporaryFiles(Path.Combine(root, "tmp"), options);
            files.RemoveAbandoned();
            return files;
        });
    }

    /// <inheritdoc />
    public async Task<BlobRef> PutBlobAsync(Stream content, string mediaType, CancellationToken cancellation)
    {
        string temp = temporary.Next();
        try
        {
            (string digest, long size) = await SpoolAsync(content, temp, cancellation).ConfigureAwait(false);
            var blob = new BlobRef(digest, size, mediaType);
            string final = BlobPath(digest);
            if (Commit(temp, final))
            {
                return blob;
            }

            if (new FileInfo(final).Length != size)
            {
                // Only a damaged disk or a foreign hand shortens a linked file: put it right.
                File.Move(temp, final, overwrite: true);
                Flush(Path.GetDirectoryName(final)!);
            }

            Renew(final);

            return blob;
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
        finally
        {
            TemporaryFiles.Remove(temp);
        }
    }

    /// <inheritdoc />
    public Task<bool> HasBlobAsync(BlobRef blob, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var file = new FileInfo(BlobPath(Sha256Digest.Require(blob.Sha256)));
        return Task.FromResult(file.Exists && file.Length == blob.Size);
    }

    /// <inheritdoc />
    public Task<Stream> OpenBlobAsync(BlobRef blob, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        string path = BlobPath(Sha256Digest.Require(blob.Sha256));
        return Task.FromResult(Guarded<Stream>(() =>
        {
            FileStream? file = OpenOrNull(path) ?? throw new ArtefactMissingException($"blob {blob.Sha256}");
            try
            {
                return file.Length == blob.Size
                    ? new VerifyingStream(file, blob)
                    : throw new ArtefactCorruptException(blob, $"it has {file.Length} bytes instead of {blob.Size}");
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }));
    }

    /// <inheritdoc />
    public Task DiscardBlobAsync(BlobRef blob, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        string path = BlobPath(Sha256Digest.Require(blob.Sha256));
        string grave = Path.Combine(root, "corrupt", blob.Sha256);
        return Task.FromResult(Guarded(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(grave)!);
            if (File.Exists(path))
            {
                File.Move(path, grave, overwrite: true);
            }

            return true;
        }));
    }

    /// <inheritdoc />
    public async Task<byte[]?> TryReadManifestAsync(ManifestKey key, CancellationToken cancellation)
    {
        try
        {
            string path = ManifestPath(key);
            using FileStream? file = OpenOrNull(path);
            if (file is null)
            {
                return null;
            }

            Renew(path);
            return await ReadManifestAsync(file, key, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <inheritdoc />
    public async Task<PublishedManifest> PublishManifestAsync(ManifestKey key, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (content.Length > StoreLimits.MaxManifestBytes)
        {
            throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Logic, $"manifest {key} has {content.Length} bytes, the limit is {StoreLimits.MaxManifestBytes}");
        }

        string temp = temporary.Next();
        try
        {
            using var stream = new ReadOnlyMemoryStream(content);
            _ = await SpoolAsync(stream, temp, cancellation).ConfigureAwait(false);
            // A loop, because the earlier winner may be withdrawn between the failed link and the reading.
            while (!Commit(temp, ManifestPath(key)))
            {
                if (await TryReadManifestAsync(key, cancellation).ConfigureAwait(false) is { } theirs)
                {
                    return new PublishedManifest(false, theirs);
                }
            }

            return new PublishedManifest(true, content.ToArray());
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
        finally
        {
            TemporaryFiles.Remove(temp);
        }
    }

    /// <inheritdoc />
    public Task WithdrawManifestAsync(ManifestKey key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        string path = ManifestPath(key);
        return Task.FromResult(Guarded(() =>
        {
            if (File.Exists(path))
            {
                File.Delete(path);
                Flush(Path.GetDirectoryName(path)!);
            }

            return true;
        }));
    }

    private string BlobPath(string digest) => Path.Combine(root, "blob", "sha256", digest[..2], digest);

    private string ManifestPath(ManifestKey key) =>
        key.Stage is null ? throw new ArgumentException("the manifest key is empty", nameof(key)) : Path.Combine(root, key.Path);

    private async Task<(string Digest, long Size)> SpoolAsync(Stream content, string temp, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var file = new FileStream(temp, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: false);
        await using (file.ConfigureAwait(false))
        {
            byte[] buffer = new byte[BufferBytes];
            long size = 0;
            int read;
            while ((read = await content.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                if ((size += read) > StoreLimits.MaxBlobBytes)
                {
                    throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"the content is larger than {StoreLimits.MaxBlobBytes} bytes");
                }

                hash.AppendData(buffer, 0, read);
                file.Write(buffer, 0, read);
            }

            file.Flush(options.FlushToDisk);
            return (Convert.ToHexStringLower(hash.GetCurrentHash()), size);
        }
    }

    /// <summary>Links a finished temporary file to its final name; false when that exists. Durable afterwards in both cases.</summary>
    private bool Commit(string temp, string final)
    {
        string folder = Path.GetDirectoryName(final)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            for (string? parent = Path.GetDirectoryName(folder); parent is not null && parent.Length >= root.Length; parent = Path.GetDirectoryName(parent))
            {
                Flush(parent);
            }
        }

        bool linked = PosixFiles.TryLink(temp, final);
        Flush(folder);
        return linked;
    }

    private void Flush(string folder)
    {
        if (options.FlushToDisk)
        {
            PosixFiles.FlushFolder(folder);
        }
    }

    // An old object that is used again says so by its time, which is what the collection of garbage goes by.
    private void Renew(string path)
    {
        DateTime now = options.Time.GetUtcNow().UtcDateTime;
        try
        {
            if (now - File.GetLastWriteTimeUtc(path) > options.RefreshAfter)
            {
                File.SetLastWriteTimeUtc(path, now);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was withdrawn this moment, or belongs to another user: then its reader notices, or its owner's time counts.
        }
    }

    private static FileStream? OpenOrNull(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferBytes, useAsync: false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static async Task<byte[]> ReadManifestAsync(FileStream file, ManifestKey key, CancellationToken cancellation)
    {
        if (file.Length > StoreLimits.MaxManifestBytes)
        {
            throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"manifest {key} has {file.Length} bytes, the limit is {StoreLimits.MaxManifestBytes}");
        }

        byte[] content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellation).ConfigureAwait(false);
        return content;
    }

    private static T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    internal static ArtefactStoreException? Translate(Exception e, string what = "the artefact folder") => e switch
    {
        ArtefactStoreException => null,
        UnauthorizedAccessException => new(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"{what} cannot be used: {e.Message}", e),
        IOException { HResult: DiskFull or ReadOnlyFileSystem } => new(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"{what} cannot be written (disk full or read-only): {e.Message}", e),
        IOException => new(ErrorCodes.TransientIo, FaultClass.Transient, $"{what} failed: {e.Message}", e),
        _ => null,
    };
}
