using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.Storage.Folder;

namespace Pipeline.Storage.Tests;

/// <summary>The program that the kill test starts: writes blobs and manifests for ever, and says so after each one that was acknowledged.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["write", { } root, { } start])
        {
            return 2;
        }

        var store = new FolderArtefactStore(new FolderStoreOptions { Root = root });
        for (int i = int.Parse(start); ; i++)
        {
            byte[] content = Content(i);
            BlobRef blob = await store.PutBlobAsync(content, "application/octet-stream", default);
            await store.PublishManifestAsync(Key(i), Encoding.UTF8.GetBytes(blob.Sha256), default);
            Console.WriteLine(i);
            await Console.Out.FlushAsync();
        }
    }

    public static byte[] Content(int i) => [.. Enumerable.Range(0, 200_000 + (i * 997 % 5000)).Select(k => (byte)((k * 31) + (i * 7)))];

    public static ManifestKey Key(int i) => new("edit", Sha256Digest.Of(Encoding.UTF8.GetBytes($"key {i}")));
}
