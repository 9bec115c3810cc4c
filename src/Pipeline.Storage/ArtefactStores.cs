using Pipeline.Storage.Folder;
using Pipeline.Storage.S3;

namespace Pipeline.Storage;

/// <summary>Opens artefact stores by their address: the one place that knows which kinds there are.</summary>
public static class ArtefactStores
{
    /// <summary>Opens <c>DIR</c> or <c>s3://bucket/prefix</c>. A bucket is not asked for anything yet (see <c>moodpipe doctor storage</c>). Dispose it if it is disposable.</summary>
    /// <exception cref="ArtefactStoreException">Address or settings cannot be used, or the folder cannot be opened.</exception>
    public static IArtefactStore Open(string address, StoreOptions? options = null) => Open(StoreAddress.Parse(address), options ?? new StoreOptions());

    /// <summary>Opens the store at an address.</summary>
    /// <exception cref="ArtefactStoreException">The settings cannot be used, or the folder cannot be opened.</exception>
    public static IArtefactStore Open(StoreAddress address, StoreOptions options) => address.Folder is { } folder
        ? new FolderArtefactStore(new FolderStoreOptions { Root = folder, FlushToDisk = options.FlushToDisk, RefreshAfter = options.RefreshAfter, Time = options.Time })
        : new S3ArtefactStore(options.Bucket(address));
}
