namespace Pipeline.Stages.Collecting;

/// <summary>A file that appears with its whole content or not at all, also after a power loss.</summary>
internal sealed class AtomicFile : IAsyncDisposable
{
    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;

    public AtomicFile(string path)
    {
        this.path = path;
        temporary = $"{path}.{Environment.ProcessId}.part";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
    }

    public Stream Stream => stream;

    /// <summary>Gives the finished file its name, in place of an older one.</summary>
    public async Task CommitAsync()
    {
        stream.Flush(flushToDisk: true);
        await stream.DisposeAsync().ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        File.Delete(temporary);
    }
}
