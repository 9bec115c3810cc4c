using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Storage;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

/// <summary>What runs on the small file system, in a process of its own.</summary>
internal static class DiskFullScenarios
{
    public static async Task<int> RunAsync(string scenario, string folder)
    {
        await (scenario switch
        {
            "ledger" => Ledger(folder),
            "killed-writers" => KilledWriters(folder),
            "store" => Store(folder),
            _ => throw new ArgumentException(scenario),
        });
        Console.WriteLine($"{scenario} passed");
        return 0;
    }

    // The same open ledger meets the full disk, says so, keeps what it had, and goes on.
    private static async Task Ledger(string folder)
    {
        const int pictures = 2000;
        string file = Path.Combine(folder, "ledger.db");
        await using ILedger ledger = await Ledgers.OpenAsync(file, null, default);
        await ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        await ledger.ImportAsync(LedgerFixture.Job, 0, LedgerFixture.Pictures(pictures, "joy"), default);
        await ledger.FinishImportAsync(LedgerFixture.Job, default);
        await ledger.ClaimAsync(LedgerFixture.Job, pictures, true, TimeSpan.FromHours(1), _ => [1], default);
        string ballast = Fill(folder, leave: 300_000);
        long applied = 0;
        LedgerException? full = null;
        for (int i = 0; i < pictures && full is null; i += 20)
        {
            try
            {
                applied += (await ledger.ApplyAsync(Results(i, 20), default)).Applied;
            }
            catch (LedgerException e)
            {
                full = e;
            }
        }

        Assert.NotNull(full);
        Assert.Equal(FaultClass.Environment, full.Class);
        Assert.Contains(file, full.Message);
        Assert.Equal(applied, (await ledger.ProgressAsync(LedgerFixture.Job, default)).Stages.Values.Sum());
        await Assert.ThrowsAsync<LedgerException>(() => ledger.ApplyAsync(Results(0, pictures), default));
        // Changes that were to share a commit with one that fails for want of room hear the same reason.
        Task<ApplyReport>[] together = [.. Enumerable.Range(0, 20).Select(_ => ledger.ApplyAsync(Results(0, pictures), default))];
        await Assert.ThrowsAsync<LedgerException>(() => Task.WhenAll(together));
        Assert.All(together, t => Assert.Equal(FaultClass.Environment, ((LedgerException)t.Exception!.InnerException!).Class));
        await LedgerFixture.AssertCountersEqualScan(new SqliteTestDatabase(file));
        File.Delete(ballast);
        for (int i = 0; i < pictures; i += 200)
        {
            await ledger.ApplyAsync(Results(i, 200), default);
        }

        Assert.Equal(JobState.Done, await ledger.FinishJobAsync(LedgerFixture.Job, default));
        await LedgerFixture.AssertCountersEqualScan(new SqliteTestDatabase(file));
    }

    // Writers on a disk that is nearly full: some are killed between batches, some end by the full disk. Nothing that was acknowledged is lost; with room the work ends.
    private static async Task KilledWriters(string folder)
    {
        string file = Path.Combine(folder, "ledger.db");
        var database = new SqliteTestDatabase(file);
        var acknowledged = new HashSet<(string Stage, long Item)>();
        long imported = 0;
        await KillTests.RunUntil(file, 60, acknowledged, value => imported = value); // makes the file
        string ballast = Fill(folder, leave: 600_000);
        foreach (int lines in new[] { 40, 150, int.MaxValue, 90, int.MaxValue })
        {
            bool finished = await KillTests.RunUntil(file, lines, acknowledged, value => imported = Math.Max(imported, value));
            Assert.False(finished, "the disk was not full enough");
            await LedgerFixture.AssertCountersEqualScan(database);
            await KillTests.Check(database, acknowledged, imported);
        }

        File.Delete(ballast);
        Assert.True(await KillTests.RunUntil(file, int.MaxValue, acknowledged, value => imported = Math.Max(imported, value)));
        await LedgerFixture.AssertCountersEqualScan(database);
        await KillTests.Check(database, acknowledged, imported);
    }

    // Blobs and manifests are there whole or not at all, and the store works again when there is room.
    private static async Task Store(string folder)
    {
        var store = new FolderArtefactStore(new FolderStoreOptions { Root = Path.Combine(folder, "store") });
        var random = new Xorshift(3);
        var stored = new List<(BlobRef Blob, byte[] Content)>();
        ArtefactStoreException? full = null;
        for (int i = 0; full is null; i++)
        {
            byte[] content = new byte[300_000 + random.Below(50_000)];
            random.Fill(content);
            try
            {
                stored.Add((await store.PutBlobAsync(new MemoryStream(content), "application/octet-stream", default), content));
            }
            catch (ArtefactStoreException e)
            {
                full = e;
            }

            Assert.True(i < 100);
        }

        Assert.Equal(FaultClass.Environment, full.Class);
        Assert.True(stored.Count > 20);
        string[] files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.Equal(stored.Count, files.Count(f => new FileInfo(f).Length > 0)); // nothing half written stays, not even under another name
        await CheckBlobs(store, stored);
        await store.DiscardBlobAsync(stored[0].Blob, default);
        foreach (string discarded in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !files.Contains(f)))
        {
            File.Delete(discarded); // kept aside for people to look at
        }

        await store.PutBlobAsync(new MemoryStream(stored[0].Content), "application/octet-stream", default);
        await CheckBlobs(store, stored);
    }

    private static async Task CheckBlobs(FolderArtefactStore store, List<(BlobRef Blob, byte[] Content)> stored)
    {
        foreach ((BlobRef blob, byte[] content) in stored)
        {
            await using Stream read = await store.OpenBlobAsync(blob, default);
            using var copy = new MemoryStream();
            await read.CopyToAsync(copy);
            Assert.Equal(content, copy.ToArray());
        }
    }

    private static StageResult[] Results(int first, int count) =>
        [.. Enumerable.Range(first, count).SelectMany(i => StageNames.All.Select(s => LedgerFixture.Result(s, i, StageOutcome.Done)))];

    // A file that leaves so many bytes of the file system free.
    private static string Fill(string folder, long leave)
    {
        string path = Path.Combine(folder, "ballast");
        using FileStream file = File.Create(path);
        byte[] block = new byte[4096];
        while (new DriveInfo(folder).AvailableFreeSpace > leave)
        {
            file.Write(block);
            file.Flush();
        }

        return path;
    }
}
