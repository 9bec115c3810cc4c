using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Storage.Collection;
using Pipeline.Storage.Objects;
using Pipeline.Storage.S3;
using Pipeline.Storage.Tests.S3;
using Pipeline.TestKit;

namespace Pipeline.Storage.Tests.Collection;

public sealed class GarbageCollectionTests : IDisposable
{
    private static readonly DateTime LongAgo = DateTime.UtcNow.AddDays(-9);
    private readonly TemporaryFolder folder = new();
    private readonly IArtefactStore store;
    private readonly IObjectSpace space;

    public GarbageCollectionTests()
    {
        store = ArtefactStores.Open(folder.File("store"), new StoreOptions { FlushToDisk = false });
        space = ObjectSpaces.Open(folder.File("store"), new StoreOptions { FlushToDisk = false });
    }

    public void Dispose()
    {
        space.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_no_job_needs_goes_and_what_one_needs_stays_with_all_that_it_names()
    {
        await FillAsync(store);
        Age();
        CollectionReport report = await CollectAsync(space, [Key("kept")]);
        Assert.Equal((2, 3, 1, 3), (report.DoomedManifests, report.DoomedObjects, report.KeptManifests, report.KeptBlobs));
        Assert.Equal(report.DoomedManifests + report.DoomedObjects, report.Deleted);
        await AssertKeptAsync(store);
        Assert.Null(await store.TryReadManifestAsync(Key("lost"), default));
        Assert.Null(await store.TryReadManifestAsync(Key("broken"), default));
        Assert.Equal(3, Directory.GetFiles(folder.File("store/blob"), "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task What_is_younger_than_the_grace_stays_and_so_does_what_it_names()
    {
        await FillAsync(store);
        Age();
        File.SetLastWriteTimeUtc(folder.File("store/" + Key("lost").Path), DateTime.UtcNow);
        await CollectAsync(space, [Key("kept")]);
        await AssertKeptAsync(store);
        StageManifest lost = ContractJson.Deserialize<StageManifest>((await store.TryReadManifestAsync(Key("lost"), default))!);
        Assert.True(await store.HasBlobAsync(lost.Outputs["image"], default));
    }

    [Fact]
    public async Task A_dry_run_counts_and_changes_nothing()
    {
        await FillAsync(store);
        Age();
        string[] before = Files();
        CollectionReport report = await new GarbageCollection(space, new CollectionOptions()).RunAsync(Roots(Key("kept")), default);
        Assert.Equal((2, 3, 0, null), (report.DoomedManifests, report.DoomedObjects, report.Deleted, report.DueAt));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Nothing_is_deleted_before_its_list_has_rested_and_what_came_into_use_meanwhile_stays()
    {
        await FillAsync(store);
        Age();
        var clock = new Clock();
        CollectionReport first = await CollectAsync(space, [Key("kept")], TimeSpan.FromDays(1), clock);
        Assert.Equal((2, 0), (first.DoomedManifests, first.Deleted));
        clock.Now += TimeSpan.FromHours(23);
        Assert.Equal(0, (await CollectAsync(space, [Key("kept")], TimeSpan.FromDays(1), clock)).Deleted);
        Assert.NotNull(await store.TryReadManifestAsync(Key("lost"), default)); // a job finds it: now it is in use

        clock.Now += TimeSpan.FromHours(2);
        CollectionReport second = await CollectAsync(space, [Key("kept")], TimeSpan.FromDays(1), clock);
        Assert.Equal(1, second.DoomedManifests);
        Assert.True(second.Deleted > 0);
        StageManifest lost = ContractJson.Deserialize<StageManifest>((await store.TryReadManifestAsync(Key("lost"), default))!);
        Assert.True(await store.HasBlobAsync(lost.Outputs["image"], default));
        await AssertKeptAsync(store);
    }

    [Fact]
    public async Task Manifests_are_deleted_before_the_blobs_that_they_name()
    {
        await FillAsync(store);
        Age();
        var spy = new DeletionSpy(space);
        await CollectAsync(spy, [Key("kept")]);
        int lastManifest = spy.Deleted.FindLastIndex(k => k.StartsWith("cas/", StringComparison.Ordinal));
        int firstBlob = spy.Deleted.FindIndex(k => k.StartsWith("blob/", StringComparison.Ordinal));
        Assert.InRange(lastManifest, 0, firstBlob - 1);
    }

    [Fact]
    public async Task A_manifest_that_is_used_between_dooming_and_deleting_is_spared_with_its_blobs()
    {
        await FillAsync(store);
        Age();
        var spy = new DeletionSpy(space) { BeforeDescribing = () => store.TryReadManifestAsync(Key("lost"), default) };
        CollectionReport report = await CollectAsync(spy, [Key("kept")]);
        Assert.True(report.Spared >= 2);
        StageManifest lost = ContractJson.Deserialize<StageManifest>((await store.TryReadManifestAsync(Key("lost"), default))!);
        Assert.True(await store.HasBlobAsync(lost.Outputs["image"], default));
    }

    [Fact]
    public async Task Leftovers_and_old_lists_go_and_settings_stay()
    {
        BlobRef blob = await store.PutBlobAsync("bad"u8.ToArray(), "x", default);
        await store.DiscardBlobAsync(blob, default);
        BlobRef own = await store.PutBlobAsync("a job's manifest"u8.ToArray(), "x", default);
        await store.PublishManifestAsync(new ManifestKey("settings", Digest("s")), "{}"u8.ToArray(), default);
        await space.PutAsync("gc/20200101T000000000Z/doomed", "5 blob/x\n"u8.ToArray(), "x", default);
        await space.PutAsync("foreign/file", "x"u8.ToArray(), "x", default);
        Age();
        await CollectAsync(space, [new ManifestKey("named", own.Sha256)]);
        Assert.Equal([$"blob/sha256/{own.Sha256[..2]}/{own.Sha256}", new ManifestKey("settings", Digest("s")).Path, "foreign/file"], Files().Where(f => !f.StartsWith("gc/", StringComparison.Ordinal)));
        Assert.Single(Files(), f => f.StartsWith("gc/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Collecting_again_and_again_while_jobs_work_takes_nothing_that_they_end_with()
    {
        const int keys = 60;
        string Name(int i) => $"work {i}";
        foreach (int i in Enumerable.Range(0, keys))
        {
            await WorkAsync(store, Name(i));
        }

        Age();
        using var stop = new CancellationTokenSource();
        Task<long> collecting = Task.Run(async () =>
        {
            long deleted = 0;
            while (!stop.IsCancellationRequested)
            {
                deleted += (await CollectAsync(space, [])).Deleted;
            }

            return deleted;
        });
        // Half of the old work is found and used again, by several workers; the other half is garbage.
        await Parallel.ForEachAsync(Enumerable.Range(0, keys * 6), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
        {
            await WorkAsync(store, Name(i % (keys / 2)));
        });
        await stop.CancelAsync();
        long deleted = await collecting;
        deleted += (await CollectAsync(space, [])).Deleted;
        Assert.True(deleted >= keys / 2);
        foreach (int i in Enumerable.Range(0, keys / 2))
        {
            StageManifest manifest = ContractJson.Deserialize<StageManifest>((await store.TryReadManifestAsync(Key(Name(i)), default))!);
            Assert.Equal(Content(Name(i)), await store.ReadBlobAsync(manifest.Outputs["image"], 100_000, default));
        }
    }

    [Fact]
    public async Task A_bucket_is_collected_the_same_way()
    {
        using var place = new S3Place();
        var options = new StoreOptions { S3 = new S3Access { ServiceUrl = place.Server.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } };
        using var bucketStore = (S3ArtefactStore)ArtefactStores.Open($"s3://{S3Place.Bucket}/run", options);
        using IObjectSpace bucket = ObjectSpaces.Open($"s3://{S3Place.Bucket}/run", options);
        await FillAsync(bucketStore);
        var clock = new Clock();
        clock.Now += TimeSpan.FromDays(9);
        CollectionReport report = await CollectAsync(bucket, [Key("kept")], clock: clock);
        Assert.Equal((2, 3), (report.DoomedManifests, report.DoomedObjects));
        Assert.Equal(5, report.Deleted);
        await AssertKeptAsync(bucketStore);
        Assert.Equal(1 + 3 + 1, place.Server.Storage.List(S3Place.Bucket).Count);
    }

    // One needed manifest with two outputs and a source; one that nobody needs with two blobs; a broken one; an orphan.
    private static async Task FillAsync(IArtefactStore store)
    {
        await PublishAsync(store, "kept", ["source"], ["image", "mask"]);
        await PublishAsync(store, "lost", [], ["image", "mask"]);
        await store.PublishManifestAsync(Key("broken"), "no manifest"u8.ToArray(), default);
        await store.PutBlobAsync("orphan"u8.ToArray(), "x", default);
    }

    private static async Task PublishAsync(IArtefactStore store, string name, string[] inputs, string[] outputs)
    {
        var stored = new Dictionary<string, BlobRef>();
        foreach (string part in inputs.Concat(outputs))
        {
            stored[part] = await store.PutBlobAsync(Content($"{name}/{part}"), "x", default);
        }

        var manifest = new StageManifest
        {
            Stage = "edit",
            WorkKey = Key(name).WorkKey,
            KeyInputs = JsonSerializer.SerializeToElement(new { inputs = inputs.ToDictionary(i => i, i => stored[i].Sha256) }),
            Outputs = outputs.ToDictionary(o => o, o => stored[o]),
        };
        await store.PublishManifestAsync(Key(name), ContractJson.Serialize(manifest), default);
    }

    private static async Task AssertKeptAsync(IArtefactStore store)
    {
        StageManifest kept = ContractJson.Deserialize<StageManifest>((await store.TryReadManifestAsync(Key("kept"), default))!);
        foreach (string part in new[] { "image", "mask" })
        {
            Assert.Equal(Content($"kept/{part}"), await store.ReadBlobAsync(kept.Outputs[part], 100_000, default));
        }

        Assert.True(await store.HasBlobAsync(new BlobRef(kept.KeyInputs.GetProperty("inputs").GetProperty("source").GetString()!, Content("kept/source").Length, "x"), default));
    }

    // What a worker does: look up, else make and publish; what is missing after all is made again.
    private static async Task WorkAsync(IArtefactStore store, string name)
    {
        byte[]? found = await store.TryReadManifestAsync(Key(name), default);
        StageManifest? manifest = found is null ? null : ContractJson.Deserialize<StageManifest>(found);
        if (manifest is not null && await store.HasBlobAsync(manifest.Outputs["image"], default))
        {
            return;
        }

        if (manifest is not null)
        {
            await store.WithdrawManifestAsync(Key(name), default);
        }

        BlobRef image = await store.PutBlobAsync(Content(name), "x", default);
        manifest = new StageManifest { Stage = "edit", WorkKey = Key(name).WorkKey, KeyInputs = default, Outputs = new Dictionary<string, BlobRef> { ["image"] = image } };
        await store.PublishManifestAsync(Key(name), ContractJson.Serialize(manifest with { KeyInputs = JsonSerializer.SerializeToElement(new { }) }), default);
    }

    private static Task<CollectionReport> CollectAsync(IObjectSpace space, ManifestKey[] needed, TimeSpan settle = default, TimeProvider? clock = null) =>
        new GarbageCollection(space, new CollectionOptions { Apply = true, Settle = settle, Time = clock ?? TimeProvider.System }).RunAsync(Roots(needed), default);

    private static async IAsyncEnumerable<string> Roots(params ManifestKey[] keys)
    {
        foreach (ManifestKey key in keys)
        {
            await Task.Yield();
            yield return key.WorkKey;
        }
    }

    private static string Digest(string name) => Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(name));

    private static ManifestKey Key(string name) => new("edit", Digest(name));

    private static byte[] Content(string name) => System.Text.Encoding.UTF8.GetBytes($"content of {name}");

    private void Age()
    {
        foreach (string file in Directory.GetFiles(folder.File("store"), "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, LongAgo);
        }
    }

    private string[] Files() =>
        [.. Directory.GetFiles(folder.File("store"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.File("store"), f)).Order(StringComparer.Ordinal)];

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class DeletionSpy(IObjectSpace inner) : IObjectSpace
    {
        public List<string> Deleted { get; } = [];

        public Func<Task>? BeforeDescribing { get; init; }

        public StoreAddress Address => inner.Address;

        public Task<IObjectWriter> CreateAsync(string key, string mediaType, CancellationToken cancellation) => inner.CreateAsync(key, mediaType, cancellation);

        public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
        {
            Deleted.AddRange(keys);
            return inner.DeleteAsync(keys, cancellation);
        }

        public void Dispose()
        {
        }

        public Task<bool> HasAsync(string key, long size, string sha256, CancellationToken cancellation) => inner.HasAsync(key, size, sha256, cancellation);

        public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, CancellationToken cancellation) => inner.ListAsync(prefix, after, cancellation);

        public async Task<ObjectEntry?> TryDescribeAsync(string key, CancellationToken cancellation)
        {
            await (BeforeDescribing?.Invoke() ?? Task.CompletedTask);
            return await inner.TryDescribeAsync(key, cancellation);
        }

        public Task<ObjectContent?> TryOpenAsync(string key, CancellationToken cancellation) => inner.TryOpenAsync(key, cancellation);
    }
}
