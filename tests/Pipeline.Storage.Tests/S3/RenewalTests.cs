using Pipeline.Contracts.Artefacts;
using Pipeline.Storage.Folder;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3.Objects;

namespace Pipeline.Storage.Tests.S3;

/// <summary>Objects that are used again get a new time: what the collection of garbage relies on.</summary>
public sealed class RenewalTests : IDisposable
{
    private static readonly DateTimeOffset LongAgo = DateTimeOffset.UtcNow.AddDays(-9);
    private readonly TemporaryFolder folder = new();
    private readonly S3Place place = new();

    public void Dispose()
    {
        place.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task An_old_object_of_a_folder_is_renewed_by_its_use()
    {
        var store = new FolderArtefactStore(new FolderStoreOptions { Root = folder.Path, FlushToDisk = false });
        BlobRef blob = await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        await store.PublishManifestAsync(Program.Key(1), "m"u8.ToArray(), default);
        string[] files = [folder.File($"blob/sha256/{blob.Sha256[..2]}/{blob.Sha256}"), folder.File(Program.Key(1).Path)];
        Array.ForEach(files, f => File.SetLastWriteTimeUtc(f, LongAgo.UtcDateTime));

        await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        Assert.NotNull(await store.TryReadManifestAsync(Program.Key(1), default));
        Assert.All(files, f => Assert.True(DateTime.UtcNow - File.GetLastWriteTimeUtc(f) < TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task An_old_object_of_a_bucket_is_renewed_by_its_use_and_stays_whose_it_was()
    {
        var clock = new ShiftedTime();
        S3ArtefactStore store = place.Open(place.Options(time: clock));
        BlobRef blob = await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        Assert.True((await store.PublishManifestAsync(Program.Key(1), "m"u8.ToArray(), default)).Won);
        IReadOnlyList<ObjectInfo> before = place.Server.Storage.List(S3Place.Bucket);
        await UseAsync();
        Assert.Equal(before.Select(o => o.Modified), place.Server.Storage.List(S3Place.Bucket).Select(o => o.Modified));

        clock.Now = clock.Now.AddDays(2);
        await UseAsync();
        IReadOnlyList<ObjectInfo> after = place.Server.Storage.List(S3Place.Bucket);
        Assert.Equal(2, after.Count);
        Assert.All(after.Zip(before), pair => Assert.True(pair.First.Modified > pair.Second.Modified));
        Assert.Equal(before.Single(o => o.Key.Contains("/cas/", StringComparison.Ordinal)).Metadata["writer"], after.Single(o => o.Key.Contains("/cas/", StringComparison.Ordinal)).Metadata["writer"]);
        Assert.Equal("m"u8.ToArray(), await store.TryReadManifestAsync(Program.Key(1), default));
        Assert.Equal("hello"u8.ToArray(), await store.ReadBlobAsync(blob, 5, default));

        async Task UseAsync()
        {
            await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
            Assert.False((await store.PublishManifestAsync(Program.Key(1), "m"u8.ToArray(), default)).Won);
        }
    }

    private sealed class ShiftedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
