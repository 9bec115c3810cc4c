using System.Globalization;
using Pipeline.Ledger;
using Pipeline.Ledger.Benchmarks;
using Pipeline.TestKit;
using Pipeline.TestServers.Postgres;

// Plain stopwatch runs with every commit flushed to the disk. The PostgreSQL server is private and has its default settings but for 64 MB of shared buffers.
//   dotnet run -c Release --project tests/benchmarks/Pipeline.Ledger.Benchmarks -- [sqlite] [postgres] [items=1000000]
int items = args.Where(a => a.StartsWith("items=", StringComparison.Ordinal)).Select(a => int.Parse(a["items=".Length..], CultureInfo.InvariantCulture)).FirstOrDefault(1_000_000);
string[] kinds = args.Where(a => !a.StartsWith("items=", StringComparison.Ordinal)).ToArray() is { Length: > 0 } named ? named : ["sqlite", "postgres"];
LedgerBenchmark.Describe(items);
foreach (string kind in kinds)
{
    switch (kind)
    {
        case "sqlite":
            using (var folder = new TemporaryFolder())
            {
                await using ILedger ledger = await Ledgers.OpenAsync(folder.File("ledger.db"), null, default);
                await LedgerBenchmark.RunAsync("SQLite", ledger, items, () => TimeSpan.Zero);
            }

            break;
        case "postgres":
            await using (PostgresServer server = await PostgresServer.StartAsync(new PostgresServerOptions { FlushToDisk = true }))
            {
                await using ILedger ledger = await Ledgers.OpenAsync(server.ConnectionString(await server.CreateDatabaseAsync("bench")), null, default);
                await LedgerBenchmark.RunAsync("PostgreSQL", ledger, items, server.ProcessorTime);
            }

            break;
        default:
            Console.Error.WriteLine($"unknown ledger '{kind}'; there are sqlite and postgres");
            return 2;
    }
}

return 0;
