using Pipeline.Storage.Objects;

namespace Pipeline.Storage.Folder;

/// <summary>A file that appears with its whole content or not at all, also after a power loss.</summary>
internal sealed class FolderObjectWriter : IObjectWriter
{
    private readonly string path;
    private readonly string temporary;
    private readonly bool flush;
    private readonly FileStream stream;

    public FolderObjectWriter(string path, string temporary, bool flush)
    {
        (this.path, this.temporary, this.flush) = (path, temporary, flush);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
        stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    public Stream Stream => stream;

    public async Task CommitAsync(CancellationToken cancellation)
    {
        await stream.FlushAsync(cancellation).ConfigureAwait(false);
        FolderObjectSpace.Guarded(() =>
        {
            stream.Flush(flush);
            stream.Dispose();
            File.Move(temporary, path, overwrite: true);
            if (flush)
            {
                PosixFiles.FlushFolder(Path.GetDirectoryName(path)!);
            }

            return true;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        TemporaryFiles.Remove(temporary);
    }
}
