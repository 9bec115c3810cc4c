namespace Pipeline.Storage.Objects;

/// <summary>An object that is being written: it appears whole when it is committed, in place of an older one, or not at all when it is disposed before.</summary>
public interface IObjectWriter : IAsyncDisposable
{
    /// <summary>Takes the content. Not disposed by the caller.</summary>
    Stream Stream { get; }

    /// <summary>Gives the object its name; durable when the task ends.</summary>
    /// <exception cref="ArtefactStoreException">The place failed.</exception>
    Task CommitAsync(CancellationToken cancellation);
}
