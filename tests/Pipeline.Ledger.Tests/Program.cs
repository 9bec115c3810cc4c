using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.TestServers.Postgres;

namespace Pipeline.Ledger.Tests;

/// <summary>The program that tests start as a process of its own: the scenarios of the full disk, and the writer that is killed, which claims items, applies their outcomes one by one, and says which ones were acknowledged.</summary>
internal static class Program
{
    public const int Pictures = 400;

    public static async Task<int> Main(string[] args)
    {
        if (args is ["disk-full", { } scenario, { } folder])
        {
            return await DiskFullScenarios.RunAsync(scenario, folder);
        }

        if (args is ["server"])
        {
            await Serve();
            return 0;
        }

        if (args is not ["write", { } address])
        {
            return 2;
        }

        await using ILedger ledger = await Ledgers.OpenAsync(address, null, default);
        JobInfo job = await ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        for (long i = job.ImportedPictures; i < Pictures; i += 50)
        {
            NewPicture[] pictures = [.. Enumerable.Range((int)i, (int)Math.Min(50, Pictures - i)).Select(n => LedgerFixture.Picture(n, "joy"))];
            await ledger.ImportAsync(LedgerFixture.Job, i, pictures, default);
            Say($"imported {i + pictures.Length}");
        }

        await ledger.FinishImportAsync(LedgerFixture.Job, default);
        await ledger.ReleaseAsync(LedgerFixture.Job, all: true, default);
        while (true)
        {
            var items = new List<long>();
            await ledger.ClaimAsync(LedgerFixture.Job, 8, true, TimeSpan.FromMinutes(1), d => { items.Add(d.Items[0].Item); return [0]; }, default);
            if (items.Count == 0)
            {
                Say("finished");
                return 0;
            }

            foreach (string stage in StageNames.All)
            {
                await Task.WhenAll(items.Select(async item =>
                {
                    await ledger.ApplyAsync([LedgerFixture.Result(stage, item, item % 10 == 3 && stage == "edit" ? StageOutcome.Poison : StageOutcome.Done)], default);
                    Say($"{stage} {item}");
                }));
            }
        }
    }

    // Starts a server and waits to be killed.
    private static async Task Serve()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        Console.WriteLine(await server.QueryAsync("postgres", "SHOW data_directory"));
        await Task.Delay(Timeout.Infinite);
    }

    // Never further ahead of the reader than one line: however fast the machine, a kill after line n finds work that is still to do.
    private static void Say(string line)
    {
        lock (Console.Out)
        {
            Console.WriteLine(line);
            Console.Out.Flush();
            Console.In.ReadLine();
        }
    }
}
