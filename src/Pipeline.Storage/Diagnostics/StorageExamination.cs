using Pipeline.Storage.Folder;
using Pipeline.Storage.S3;

namespace Pipeline.Storage.Diagnostics;

/// <summary>
/// Tries on a store everything that jobs rely on, with real objects below <c>tmp/</c> that are deleted again: a store that damages content or gives a manifest to two winners is found
/// before a job of a million pictures meets it.
/// </summary>
public static class StorageExamination
{
    /// <summary>Examines the store at an address.</summary>
    /// <exception cref="ArtefactStoreException">The settings cannot be used. What the store refuses is a result, not an exception.</exception>
    public static Task<IReadOnlyList<StorageCapability>> RunAsync(StoreAddress address, StoreOptions options, CancellationToken cancellation) =>
        address.Folder is null ? RunBucketAsync(address, options, cancellation) : new FolderExamination(address, options).RunAsync(cancellation);

    private static async Task<IReadOnlyList<StorageCapability>> RunBucketAsync(StoreAddress address, StoreOptions options, CancellationToken cancellation)
    {
        using var examination = new S3Examination(options.Bucket(address));
        return await examination.RunAsync(cancellation).ConfigureAwait(false);
    }

    internal static StorageCapability Ok(string name, string detail) => new(name, CapabilityStatus.Ok, detail);

    internal static StorageCapability Degraded(string name, string detail, string remedy) => new(name, CapabilityStatus.Degraded, detail, remedy);

    internal static StorageCapability Failed(string name, string detail, string remedy) => new(name, CapabilityStatus.Failed, detail, remedy);

    /// <summary>Bytes that a store which drops, repeats or reframes anything cannot give back by accident.</summary>
    internal static byte[] Sample(int length)
    {
        byte[] bytes = new byte[length];
        uint state = 2463534242;
        for (int i = 0; i < length; i++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            bytes[i] = (byte)state;
        }

        return bytes;
    }
}
