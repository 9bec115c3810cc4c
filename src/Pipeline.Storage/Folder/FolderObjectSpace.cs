using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Pipeline.Storage.Objects;

namespace Pipeline.Storage.Folder;

/// <summary>A folder as named objects.</summary>
internal sealed class FolderObjectSpace(StoreAddress address, StoreOptions options) : IObjectSpace
{
    private const int NamesAtOnce = 50_000;
    private const int BufferBytes = 128 * 1024;
    private const string Incoming = ".incoming";
    private readonly string root = address.Folder!;
    private readonly Lock gate = new();
    private TemporaryFiles? temporary;

    public StoreAddress Address => address;

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string folder = prefix.Length == 0 ? root : PathOf(prefix.TrimEnd('/'));
        // A token from before the prefix or of another place means: from the start.
        string? within = after is not null && after.StartsWith(prefix, StringComparison.Ordinal) ? after[prefix.Length..] : null;
        if (after is not null && within is null && string.CompareOrdinal(after, prefix) > 0)
        {
            yield break;
        }

        using IEnumerator<ObjectEntry> entries = new OrderedFolder(NamesAtOnce).Walk(folder, prefix, within).GetEnumerator();
        while (Guarded(entries.MoveNext))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return entries.Current;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    public Task<ObjectContent?> TryOpenAsync(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Guarded<ObjectContent?>(() =>
        {
            try
            {
                var file = new FileStream(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferBytes, useAsync: false);
                return new ObjectContent(file, file.Length);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }));
    }

    public Task<ObjectEntry?> TryDescribeAsync(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Guarded<ObjectEntry?>(() =>
        {
            var file = new FileInfo(PathOf(key));
            return file.Exists ? new ObjectEntry(key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)) : null;
        }));
    }

    public async Task<bool> HasAsync(string key, long size, string sha256, CancellationToken cancellation)
    {
        ObjectContent? content = await TryOpenAsync(key, cancellation).ConfigureAwait(false);
        if (content is null)
        {
            return false;
        }

        await using (content.ConfigureAwait(false))
        {
            return content.Size == size && Convert.ToHexStringLower(await SHA256.HashDataAsync(content.Stream, cancellation).ConfigureAwait(false)) == sha256;
        }
    }

    public Task<IObjectWriter> CreateAsync(string key, string mediaType, CancellationToken cancellation) =>
        Task.FromResult(Guarded<IObjectWriter>(() => new FolderObjectWriter(PathOf(key), Temporary().Next(), options.FlushToDisk)));

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        foreach (string key in keys)
        {
            cancellation.ThrowIfCancellationRequested();
            Guarded(() =>
            {
                string path = PathOf(key);
                if (File.Exists(path))
                {
                    File.Delete(path);
                }

                return true;
            });
        }

        return Task.CompletedTask;
    }

    public void Dispose()
    {
        try
        {
            if (temporary is not null)
            {
                Directory.Delete(Path.Combine(root, Incoming));
            }
        }
        catch (IOException)
        {
            // Another process is writing here, or it is gone already.
        }
    }

    private TemporaryFiles Temporary()
    {
        lock (gate)
        {
            if (temporary is null)
            {
                temporary = new TemporaryFiles(Path.Combine(root, Incoming), new FolderStoreOptions { Root = root, Time = options.Time });
                temporary.RemoveAbandoned();
            }

            return temporary;
        }
    }

    private string PathOf(string key) => Path.Combine(root, ObjectKeys.Require(key));

    internal static T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ObjectDeniedException($"{e.Message} Check its permissions", e);
        }
        catch (IOException e)
        {
            throw FolderArtefactStore.Translate(e, "a folder")!;
        }
    }
}
