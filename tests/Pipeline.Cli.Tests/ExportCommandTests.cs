using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator;
using Pipeline.Coordinator.Http;
using Pipeline.Coordinator.Transport;
using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Ledger.Sqlite;
using Pipeline.Storage;
using Pipeline.TestKit;

namespace Pipeline.Cli.Tests;

/// <summary>Where <c>moodpipe export --from JOB</c> finds the data set of a job, with a coordinator on the loopback that nobody leads.</summary>
public sealed class ExportCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly TemporaryFolder folder = new();
    private SqliteLedger ledger = null!;
    private CoordinatorServer server = null!;

    public async Task InitializeAsync()
    {
        ledger = new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("ledger.db"), FlushToDisk = false });
        IArtefactStore store = ArtefactStores.Open(folder.File("store"));
        var options = new CoordinatorOptions { OutputRoot = folder.File("results") };
        var bus = new BrokerBus(_ => throw new InvalidOperationException("nobody leads here"), BrokerOptions.InMemory, options, NullLogger.Instance);
        server = await CoordinatorServer.StartAsync(
            new CoordinatorService(ledger, store, bus, options, NullLoggerFactory.Instance), new ServerOptions { Listen = new Uri("http://127.0.0.1:0") }, NullLoggerFactory.Instance, default);
        foreach (string id in new[] { "cancelled", "open" })
        {
            await ledger.OpenJobAsync(new NewJob { Id = id, SpecJson = """{"defaults":{},"stages":[]}""", SpecDigest = id, StageMask = StageGraph.Mask(StageNames.All) }, default);
        }

        await ledger.CancelAsync("cancelled", default);
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_job_without_a_written_data_set_is_exported_from_the_ledger_and_artefacts_that_are_named()
    {
        string refused = await RefusedAsync("--from", "cancelled", "--server", $"{server.Address}");
        Assert.Contains("job cancelled is cancelled", refused, StringComparison.Ordinal);
        Assert.Contains("--ledger, --store", refused, StringComparison.Ordinal);
        File.WriteAllText(folder.File("cluster.yaml"), $"ledger: {folder.File("ledger.db")}\nstore: {folder.File("store")}\n");
        await ExportedAsync(0, "--from", "cancelled", "--server", $"{server.Address}", "--config", folder.File("cluster.yaml"));
        // No coordinator is asked where the ledger is named.
        await ExportedAsync(0, "--from", "cancelled", "--server", "http://127.0.0.1:1", "--ledger", folder.File("ledger.db"), "--store", folder.File("store"));
    }

    [Fact]
    public async Task A_written_data_set_is_used_while_it_is_there()
    {
        Directory.CreateDirectory(folder.File("results", "cancelled"));
        File.WriteAllText(folder.File("results", "cancelled", "metadata.jsonl"), """{"label":"joy","source_id":"a","id":"a","emotion":"joy","status":"failed"}""" + "\n");
        await ExportedAsync(1, "--from", "cancelled", "--server", $"{server.Address}");
    }

    [Fact]
    public async Task What_cannot_be_exported_is_refused_with_the_reason_and_nothing_is_made()
    {
        Assert.Contains("job open is planning", await RefusedAsync("--from", "open", "--server", $"{server.Address}"), StringComparison.Ordinal);
        string[] known = ["--ledger", folder.File("ledger.db"), "--store", folder.File("store")];
        Assert.Contains("has not ended", await RefusedAsync(["--from", "open", .. known]), StringComparison.Ordinal);
        Assert.Contains("no job 'other'", await RefusedAsync(["--from", "other", .. known]), StringComparison.Ordinal);
        Assert.Contains("--store must name the artefacts", await RefusedAsync("--from", "cancelled", "--ledger", folder.File("ledger.db")), StringComparison.Ordinal);
        Assert.Contains("does not exist", await RefusedAsync("--from", "cancelled", "--ledger", folder.File("none.db"), "--store", folder.File("store")), StringComparison.Ordinal);
        Assert.Contains("does not exist", await RefusedAsync("--from", "cancelled", "--ledger", folder.File("ledger.db"), "--store", folder.File("none")), StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("none.db")) || Directory.Exists(folder.File("none")) || Directory.Exists(folder.File("train")));
    }

    private async Task<string> RefusedAsync(params string[] arguments)
    {
        MoodpipeProcess.Outcome outcome = await MoodpipeProcess.RunAsync(Limit, ["export", "--to", folder.File("train"), .. arguments]);
        Assert.True(outcome.ExitCode == ExitCodes.Usage, outcome.ToString());
        return outcome.Error;
    }

    private async Task ExportedAsync(int items, params string[] arguments)
    {
        MoodpipeProcess.Outcome outcome = await MoodpipeProcess.RunAsync(Limit, ["export", "--to", folder.File($"train{Directory.GetDirectories(folder.Path).Length}"), .. arguments]);
        Assert.True(outcome.ExitCode == ExitCodes.Done, outcome.ToString());
        Assert.StartsWith($"0 of {items} edits", outcome.Output, StringComparison.Ordinal);
    }
}
