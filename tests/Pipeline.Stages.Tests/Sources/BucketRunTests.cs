using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Ledger.Sqlite;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Storage;
using Pipeline.Storage.Folder;
using Pipeline.Storage.Objects;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3;

namespace Pipeline.Stages.Tests.Sources;

public sealed class BucketRunTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly RunFixture files = new();
    private readonly RunFixture objects = new();
    private S3Server server = null!;

    private StoreOptions Access => new() { S3 = new S3Access { ServiceUrl = server.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } };

    public async Task InitializeAsync()
    {
        server = await S3Server.StartAsync(new S3ServerOptions { Root = folder.Path, FlushToDisk = false });
        server.Storage.CreateBucket("pictures");
        server.Storage.CreateBucket("results");
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        files.Dispose();
        objects.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Sources_and_data_sets_in_buckets_give_the_same_bytes_as_in_folders()
    {
        using IObjectSpace pictures = ObjectSpaces.Open("s3://pictures/in", Access);
        files.AddPictures(4);
        for (int i = 0; i < 4; i++)
        {
            await pictures.PutAsync($"{i}.bin", System.Text.Encoding.UTF8.GetBytes($"picture {i}"), "x", default);
            objects.AddLine($$"""{"id":"p{{i}}","image":"s3://pictures/in/{{i}}.bin","emotions":["joy","fear","anger"]}""");
        }

        await files.Run(new FakeStages());
        using var reader = new SourceReader(new SourceOptions { Store = Access });
        RunSummary summary = await objects.Run(new FakeStages(), o => o with { Sources = reader });
        Assert.Equal((12L, 0L), (summary.Done, summary.Failed));
        Assert.Equal(files.DataSet(), objects.DataSet());

        using IObjectSpace results = ObjectSpaces.Open("s3://results/job-1", Access);
        await using (var ledger = new SqliteLedger(new SqliteLedgerOptions { Path = Path.Combine(objects.State, "ledger.db") }))
        {
            var store = new FolderArtefactStore(new FolderStoreOptions { Root = Path.Combine(objects.State, "artefacts") });
            var writer = new DataSetWriter(ledger, store, new ResultAssembler(new JobDefaults()), results);
            Assert.Equal(12, await writer.WriteAsync(summary.JobId, default));
            IReadOnlyList<DateTimeOffset> written = [.. server.Storage.List("results").Where(o => o.Key.EndsWith(".png", StringComparison.Ordinal)).Select(o => o.Modified)];
            await writer.WriteAsync(summary.JobId, default); // pictures that are there are not sent again
            Assert.Equal(written, server.Storage.List("results").Where(o => o.Key.EndsWith(".png", StringComparison.Ordinal)).Select(o => o.Modified));
        }

        var stored = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string key in server.Storage.List("results").Select(o => o.Key["job-1/".Length..]).Where(k => k != DataSetWriter.ProvenanceFile))
        {
            stored[key] = Sha256Digest.Of((await results.TryReadAsync(key, 1 << 20, default))!);
        }

        Assert.Equal(files.DataSet(), stored);
    }
}
