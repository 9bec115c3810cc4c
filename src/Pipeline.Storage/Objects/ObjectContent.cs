namespace Pipeline.Storage.Objects;

/// <summary>An object that was opened for one reading from start to end.</summary>
/// <param name="Stream">Its content; goes on after broken connections. Owned by the caller.</param>
/// <param name="Size">Bytes.</param>
public sealed record ObjectContent(Stream Stream, long Size) : IDisposable, IAsyncDisposable
{
    /// <inheritdoc />
    public void Dispose() => Stream.Dispose();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
