namespace Pipeline.Storage.Objects;

/// <summary>
/// A folder or a bucket with a prefix, seen as named objects: what sources are read from and data sets are written to. (Artefacts have a narrower contract of their own,
/// <see cref="IArtefactStore"/>.) Keys are checked by <see cref="ObjectKeys"/>: none leaves the place. Safe for concurrent use.
/// </summary>
public interface IObjectSpace : IDisposable
{
    /// <summary>The place as users write it, without credentials.</summary>
    StoreAddress Address { get; }

    /// <summary>
    /// Lists objects in one fixed order, in bounded memory however many there are. The last key that was taken is the token to go on with. Folders are searched with their
    /// sub-folders; links to folders are not followed and names that begin with a dot are left out there.
    /// </summary>
    /// <param name="prefix">Empty, or a key prefix that ends with a slash.</param>
    /// <param name="after">Only keys after this one; null for all.</param>
    /// <param name="cancellation">Stops.</param>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, CancellationToken cancellation);

    /// <summary>Opens an object, or returns null where there is none.</summary>
    /// <exception cref="ObjectDeniedException">It may not be read, or the bucket does not exist.</exception>
    /// <exception cref="ArtefactStoreException">The place failed.</exception>
    Task<ObjectContent?> TryOpenAsync(string key, CancellationToken cancellation);

    /// <summary>Describes an object without reading it; null where there is none.</summary>
    Task<ObjectEntry?> TryDescribeAsync(string key, CancellationToken cancellation);

    /// <summary>Whether an object of this size and digest is there already.</summary>
    Task<bool> HasAsync(string key, long size, string sha256, CancellationToken cancellation);

    /// <summary>Begins to write an object of any size.</summary>
    Task<IObjectWriter> CreateAsync(string key, string mediaType, CancellationToken cancellation);

    /// <summary>Deletes objects; those that are not there are no error.</summary>
    Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation);
}
