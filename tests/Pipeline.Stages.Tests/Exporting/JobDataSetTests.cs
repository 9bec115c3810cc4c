using Pipeline.Contracts.Jobs;
using Pipeline.Ledger.Sqlite;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Exporting;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Tests.Exporting;

/// <summary>Exports of jobs whose written data set is gone, or was never written.</summary>
public sealed class JobDataSetTests : IDisposable
{
    private readonly RunFixture run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData(ExportFormat.ImageFolder)]
    [InlineData(ExportFormat.WebDataset)]
    public async Task An_export_from_ledger_and_artefacts_has_the_bytes_of_one_from_the_written_data_set(ExportFormat format)
    {
        run.AddPictures(4);
        run.Add("bad", "POISON edit");
        RunSummary summary = await run.Run(new FakeStages(), o => o with { Defaults = new JobDefaults { Keep = ["prompts"] } });
        using (IObjectSpace written = Space(run.OutputFolder))
        {
            Assert.Equal(12, (await ExportAsync(written, "from-written", format)).Exported);
        }

        Directory.Delete(run.OutputFolder, recursive: true);
        Assert.Equal(12, (await ExportJobAsync(summary.JobId, "from-ledger", format)).Exported);
        Assert.Equal(Files("from-written"), Files("from-ledger"));
        Assert.Contains("rejected.jsonl", Files("from-ledger").Keys);
    }

    [Fact]
    public async Task A_cancelled_job_is_exported_with_what_it_has_done()
    {
        run.AddPictures(8);
        using var drain = new CancellationTokenSource();
        RunSummary interrupted = await run.Run(new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(30)) }, o => o with { Window = 4 }, new DrainAfter(3, drain), drain.Token);
        Assert.True(interrupted.Open > 0);
        Assert.Contains("has not ended", (await Assert.ThrowsAsync<ExportException>(() => ExportJobAsync(interrupted.JobId, "early"))).Message, StringComparison.Ordinal);
        await using (SqliteLedger ledger = OpenLedger())
        {
            await ledger.CancelAsync(interrupted.JobId, default);
        }

        ExportReport report = await ExportJobAsync(interrupted.JobId, "cancelled");
        Assert.Equal((24L, interrupted.Done, 24 - interrupted.Done), (report.Items, report.Exported, report.Rejected["failed"]));
        Assert.Equal(interrupted.Done, Files("cancelled").Keys.Count(f => f.EndsWith(".png", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_neither_data_set_nor_artefacts_have_is_named()
    {
        run.AddPictures(2);
        RunSummary summary = await run.Run(new FakeStages());
        Assert.Contains("no job 'other'", (await Assert.ThrowsAsync<ExportException>(() => ExportJobAsync("other", "x"))).Message, StringComparison.Ordinal);
        string blobs = Path.Combine(run.State, "artefacts", "blob");
        Directory.Delete(blobs, recursive: true);
        Directory.CreateDirectory(blobs);
        Assert.Contains("does not exist", (await Assert.ThrowsAsync<ExportException>(() => ExportJobAsync(summary.JobId, "x"))).Message, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(run.State, "artefacts", "cas", "edit"), recursive: true);
        ExportException e = await Assert.ThrowsAsync<ExportException>(() => ExportJobAsync(summary.JobId, "x"));
        Assert.Contains($"the data set of job {summary.JobId} cannot be made from its artefacts", e.Message, StringComparison.Ordinal);
        Assert.Contains("under another name", e.Message, StringComparison.Ordinal);
    }

    private async Task<ExportReport> ExportJobAsync(string job, string place, ExportFormat format = ExportFormat.ImageFolder)
    {
        string artefacts = Path.Combine(run.State, "artefacts");
        IArtefactStore store = ArtefactStores.Open(artefacts);
        await using SqliteLedger ledger = OpenLedger();
        using JobDataSet dataSet = await JobDataSet.MakeAsync(ledger, store, StoreAddress.Parse(artefacts), job, default);
        return await ExportAsync(dataSet, place, format);
    }

    private async Task<ExportReport> ExportAsync(IObjectSpace source, string place, ExportFormat format)
    {
        using IObjectSpace target = Space(Path.Combine(run.Root, place));
        return await new DataSetExport(source, target, new ExportOptions { Format = format }).RunAsync(default);
    }

    private SqliteLedger OpenLedger() => new(new SqliteLedgerOptions { Path = Path.Combine(run.State, "ledger.db"), FlushToDisk = false });

    private SortedDictionary<string, string> Files(string place) => RunFixture.DigestsOf(Path.Combine(run.Root, place));

    private static IObjectSpace Space(string place) => ObjectSpaces.Open(place, new StoreOptions { FlushToDisk = false });

    private sealed class DrainAfter(long done, CancellationTokenSource drain) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is RunProgress progress && progress.Done >= done)
            {
                drain.Cancel();
            }
        }
    }
}
