using Pipeline.Ledger.Sqlite;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Storage;
using Pipeline.Storage.Collection;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Tests.Collecting;

public sealed class NeededArtefactsTests : IDisposable
{
    private readonly RunFixture run = new();

    private string Artefacts => Path.Combine(run.State, "artefacts");

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task After_a_collection_a_job_finds_everything_that_it_made_and_nothing_of_a_deleted_one()
    {
        run.AddPictures(6);
        string kept = (await run.Run(new FakeStages())).JobId;
        SortedDictionary<string, string> data = run.DataSet();
        run.Output = "other";
        run.Add("more", "another picture");
        string deleted = (await run.Run(new FakeStages())).JobId;
        Age();
        await using (var ledger = new SqliteLedger(new SqliteLedgerOptions { Path = Path.Combine(run.State, "ledger.db") }))
        {
            int before = Blobs();
            Assert.Equal(0, (await CollectAsync(ledger)).Deleted);
            await ledger.DeleteJobAsync(deleted, default);
            // What the deleted job shared with the other one stays; its own inversion, three prompts, edits, captions, scores go.
            CollectionReport report = await CollectAsync(ledger);
            Assert.Equal((1 + (4 * 3), 0), (report.DoomedManifests, report.Spared));
            Assert.True(Blobs() < before);
            Assert.NotNull(await ledger.FindJobAsync(kept, default));
        }

        run.Output = "again";
        run.RemoveLast();
        var stages = new FakeStages();
        File.Delete(Path.Combine(run.State, "ledger.db"));
        await run.Run(stages);
        Assert.Equal(0, stages.Computed);
        Assert.Equal(data, run.DataSet());
    }

    private async Task<CollectionReport> CollectAsync(SqliteLedger ledger)
    {
        using IObjectSpace space = ObjectSpaces.Open(Artefacts, new StoreOptions { FlushToDisk = false });
        return await new GarbageCollection(space, new CollectionOptions { Apply = true, Settle = TimeSpan.Zero }).RunAsync(NeededArtefacts.OfAsync(ledger, default), default);
    }

    private int Blobs() => Directory.GetFiles(Path.Combine(Artefacts, "blob"), "*", SearchOption.AllDirectories).Length;

    private void Age()
    {
        foreach (string file in Directory.GetFiles(Artefacts, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-9));
        }
    }
}
