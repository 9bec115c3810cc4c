using Pipeline.Storage.Folder;
using Pipeline.Storage.S3;

namespace Pipeline.Storage.Objects;

/// <summary>Opens object spaces by their address.</summary>
public static class ObjectSpaces
{
    /// <summary>Opens <c>DIR</c> or <c>s3://bucket/prefix</c>. Nothing is read or made yet.</summary>
    /// <exception cref="ArtefactStoreException">Address or settings cannot be used.</exception>
    public static IObjectSpace Open(string address, StoreOptions? options = null) => Open(StoreAddress.Parse(address), options ?? new StoreOptions());

    /// <summary>Opens the place at an address.</summary>
    /// <exception cref="ArtefactStoreException">The settings cannot be used.</exception>
    public static IObjectSpace Open(StoreAddress address, StoreOptions options) =>
        address.Folder is null ? new S3ObjectSpace(address, options.Bucket(address)) : new FolderObjectSpace(address, options);
}
