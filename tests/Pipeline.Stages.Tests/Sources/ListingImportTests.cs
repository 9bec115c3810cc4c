using System.Runtime.CompilerServices;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Ledger.Sqlite;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Sources;
using Pipeline.Storage;
using Pipeline.Storage.Objects;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3;

namespace Pipeline.Stages.Tests.Sources;

public sealed class ListingImportTests : IAsyncLifetime
{
    private static readonly EmotionRequest[] Joy = [new() { Emotion = "joy" }];
    private readonly TemporaryFolder folder = new();
    private readonly SqliteLedger ledger;

    public ListingImportTests() => ledger = new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("ledger.db"), FlushToDisk = false });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task An_import_of_50_000_objects_that_is_abandoned_in_the_middle_goes_on_from_the_last_committed_one()
    {
        const int count = 50_000;
        await using S3Server server = await S3Server.StartAsync(new S3ServerOptions { Root = folder.File("s3"), FlushToDisk = false });
        server.Storage.CreateBucket("pictures");
        server.Storage.Add("pictures", Enumerable.Range(0, count).Select(Key).Append("in/readme.txt").Append("other/x.png"), "p"u8);
        var access = new StoreOptions { S3 = new S3Access { ServiceUrl = server.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } };
        using IObjectSpace bucket = ObjectSpaces.Open("s3://pictures/in", access);

        // The process dies somewhere behind the 23,000th object: what was not committed is forgotten.
        using var death = new CancellationTokenSource();
        var first = new WatchedSpace(bucket) { DiesAt = 23_456, Death = death };
        JobInfo job = await OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Import(first).ImportAsync(ledger, job, death.Token));
        JobInfo stopped = (await ledger.FindJobAsync("job", default))!;
        Assert.Equal((JobState.Planning, 22_000L), (stopped.State, stopped.ImportedPictures));

        var second = new WatchedSpace(bucket);
        await Import(second).ImportAsync(ledger, stopped, default);
        Assert.Equal((Key(21_999)["in/".Length..], count - 22_000 + 1), (second.After, second.Listed));
        Assert.Equal((JobState.Running, (long)count), ((await ledger.FindJobAsync("job", default))!.State, (await ledger.FindJobAsync("job", default))!.ImportedPictures));
        long picture = 0;
        await foreach (ItemReport item in ledger.ItemsAsync("job", default))
        {
            Assert.Equal((picture, Key((int)picture)["in/".Length..]), (item.Picture, item.PictureId));
            picture++;
        }

        Assert.Equal(count, picture);
        string Key(int n) => $"in/{n / 1000:D3}/{n % 1000:D3}.png";
    }

    [Fact]
    public async Task Memory_does_not_grow_with_the_place()
    {
        const int count = 120_000;
        var space = new EndlessSpace(count);
        JobInfo job = await OpenAsync();
        await Import(space).ImportAsync(ledger, job, default);
        Assert.Equal(count, (await ledger.FindJobAsync("job", default))!.ImportedPictures);
        // Between 20,000 and 120,000 pictures; names alone would be 8 MB.
        Assert.InRange(space.HeldAtEnd - space.HeldAtStart, -100_000_000, 4_000_000);
    }

    [Fact]
    public async Task What_cannot_be_used_is_passed_over_and_said_and_a_limit_counts_what_can()
    {
        foreach (string name in new[] { "a.png", "b.PNG", "c/d.jpeg", "notes.txt", "z.webp" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File($"in/{name}"))!);
            File.WriteAllText(folder.File($"in/{name}"), name == "b.PNG" ? "" : "x");
        }

        using IObjectSpace space = SourcePlaces.Open(folder.File("in"), new SourceOptions());
        JobInfo job = await OpenAsync();
        var import = new ListingImport(space, [new EmotionRequest { Emotion = "joy", Intensity = 0.5 }, new EmotionRequest { Emotion = "fear" }], new JobDefaults { Variants = 2 }, 2, 10);
        await import.ImportAsync(ledger, job, default);
        Assert.Equal((1L, "b.PNG: it is empty"), (import.Skipped, import.FirstSkipped));
        List<ItemReport> items = await ledger.ItemsAsync("job", default).ToListAsync();
        Assert.Equal(["a.png", "c/d.jpeg"], items.Select(i => i.PictureId).Distinct());
        Assert.Equal([("joy", 0.5, 0), ("joy", 0.5, 1), ("fear", 1.0, 0), ("fear", 1.0, 1)], items.Take(4).Select(i => (i.Emotion, i.Intensity, i.Variant)));
    }

    [Fact]
    public async Task A_place_with_too_many_pictures_or_none_is_refused()
    {
        JobInfo job = await OpenAsync();
        SourceException many = await Assert.ThrowsAsync<SourceException>(() => new ListingImport(new EndlessSpace(30), Joy, new JobDefaults(), null, 29).ImportAsync(ledger, job, default));
        Assert.Contains("more than 29", many.Message, StringComparison.Ordinal);
        SourceException none = await Assert.ThrowsAsync<SourceException>(() => Import(new EndlessSpace(0)).ImportAsync(ledger, job, default));
        Assert.Contains("no pictures", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_places_that_sources_may_come_from_are_opened()
    {
        Directory.CreateDirectory(folder.File("in/sub"));
        Directory.CreateDirectory(folder.File("secret"));
        Directory.CreateSymbolicLink(folder.File("in/link"), folder.File("secret"));
        var options = new SourceOptions { Roots = [folder.File("in")], Buckets = ["pictures"] };
        SourcePlaces.Open(folder.File("in"), options).Dispose();
        SourcePlaces.Open(folder.File("in/sub"), options).Dispose();
        foreach (string place in new[] { folder.File("secret"), folder.File("in/../secret"), folder.File("in/link"), "in", folder.File("in/none"), "s3://other/in", "http://x/y", "s3://pictures/../x", "" })
        {
            Assert.Throws<SourceException>(() => SourcePlaces.Open(place, options));
        }
    }

    private static ListingImport Import(IObjectSpace space) => new(space, Joy, new JobDefaults(), null, 1_000_000);

    private Task<JobInfo> OpenAsync() => ledger.OpenJobAsync(new NewJob { Id = "job", SpecJson = "{}", SpecDigest = "d", StageMask = StageGraph.Everything, Window = 100 }, default);

    /// <summary>Lists what another space has, and sees what was asked for.</summary>
    private sealed class WatchedSpace(IObjectSpace inner) : ListingSpace(inner.Address)
    {
        public int DiesAt { get; init; } = int.MaxValue;

        public CancellationTokenSource? Death { get; init; }

        public string? After { get; private set; }

        public int Listed { get; private set; }

        public override async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            After = after;
            await foreach (ObjectEntry entry in inner.ListAsync(prefix, after, cancellation))
            {
                if (++Listed == DiesAt)
                {
                    await Death!.CancelAsync();
                    cancellation.ThrowIfCancellationRequested();
                }

                yield return entry;
            }
        }
    }

    /// <summary>So many pictures that nobody keeps.</summary>
    private sealed class EndlessSpace(int count) : ListingSpace(StoreAddress.Parse("s3://endless/in"))
    {
        public long HeldAtStart { get; private set; }

        public long HeldAtEnd { get; private set; }

        public override async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            for (int i = 0; i < count; i++)
            {
                HeldAtStart = i == 20_000 ? GC.GetTotalMemory(forceFullCollection: true) : HeldAtStart;
                yield return new ObjectEntry($"{i:D8}-a-name-as-long-as-usual.png", 1, default);
            }

            HeldAtEnd = GC.GetTotalMemory(forceFullCollection: true);
            await Task.CompletedTask;
        }
    }

    private abstract class ListingSpace(StoreAddress address) : IObjectSpace
    {
        public StoreAddress Address => address;

        public abstract IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, CancellationToken cancellation);

        public Task<ObjectContent?> TryOpenAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ObjectEntry?> TryDescribeAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<bool> HasAsync(string key, long size, string sha256, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IObjectWriter> CreateAsync(string key, string mediaType, CancellationToken cancellation) => throw new NotSupportedException();

        public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
