using System.Diagnostics;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger.Postgres;
using Pipeline.TestKit;
using Pipeline.TestServers.Postgres;

namespace Pipeline.Ledger.Tests;

/// <summary>A server that stops, dies, and comes back; and what is said when it cannot be used.</summary>
[Trait("Category", "Live")]
public sealed class PostgresServerTests(OwnPostgres own) : IClassFixture<OwnPostgres>, IAsyncLifetime
{
    private readonly PostgresServer server = own.Server;
    private string database = "";

    public async Task InitializeAsync() => database = await server.CreateDatabaseAsync("ledger");

    public async Task DisposeAsync() => await server.DropDatabaseAsync(database);

    [Fact]
    public async Task Killed_between_batches_the_server_forgets_nothing_and_the_ledger_goes_on()
    {
        const int pictures = 300;
        await using PostgresLedger ledger = await PostgresLedger.OpenAsync(Options(), default);
        await ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        await ledger.ImportAsync(LedgerFixture.Job, 0, LedgerFixture.Pictures(pictures, "joy"), default);
        await ledger.FinishImportAsync(LedgerFixture.Job, default);
        var claimed = new List<long>();
        Task work = Task.Run(async () =>
        {
            while (true)
            {
                // A repeated transaction makes the messages again: what counts is what comes back, and what is in the outbox.
                await ledger.ClaimAsync(LedgerFixture.Job, 10, true, TimeSpan.FromMinutes(20), d => BitConverter.GetBytes(d.Items[0].Item), default);
                IReadOnlyList<OutboxMessage> unsent = await ledger.UnsentAsync(LedgerFixture.Job, 100, default);
                if (unsent.Count == 0)
                {
                    return;
                }

                long[] items = [.. unsent.Select(m => BitConverter.ToInt64(m.Body))];
                claimed.AddRange(items);
                await ledger.ConfirmSentAsync([.. unsent.Select(m => m.Id)], default);
                await Task.WhenAll(items.Chunk(3).Select(chunk => ledger.ApplyAsync([.. chunk.SelectMany(i => StageNames.All.Select(s => LedgerFixture.Result(s, i, StageOutcome.Done)))], default)));
            }
        });
        foreach (bool inOrder in new[] { false, true, false })
        {
            await Task.WhenAny(work, Task.Delay(150));
            await (inOrder ? server.StopAsync() : server.KillAsync());
            await server.StartAsync();
        }

        await work;
        JobProgress progress = await ledger.ProgressAsync(LedgerFixture.Job, default);
        Assert.Equal((pictures, 0L), (progress.Count(ItemState.Done), progress.Open));
        Assert.Equal(Enumerable.Range(0, pictures).Select(i => (long)i), claimed.Distinct().Order());
        await LedgerFixture.AssertCountersEqualScan(new PostgresTestDatabase(server, database));
    }

    [Fact]
    public async Task A_server_that_stays_away_is_reported_after_the_limit_and_used_again_when_it_is_back()
    {
        await using PostgresLedger ledger = await PostgresLedger.OpenAsync(Options() with { RideOut = TimeSpan.FromSeconds(2) }, default);
        await ledger.OpenJobAsync(LedgerFixture.NewJob(), default);
        await server.StopAsync();
        LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => ledger.ProgressAsync(LedgerFixture.Job, default));
        Assert.Equal(FaultClass.Transient, e.Class);
        Assert.Contains($"127.0.0.1:{server.Port}/{database}", e.Message);
        Assert.DoesNotContain(PostgresServer.Password, e.ToString());
        await server.StartAsync();
        Assert.Equal(JobState.Planning, (await ledger.ProgressAsync(LedgerFixture.Job, default)).State);
    }

    [Fact]
    public async Task Waiting_for_a_server_can_be_cancelled()
    {
        await using PostgresLedger ledger = await PostgresLedger.OpenAsync(Options() with { RideOut = TimeSpan.FromHours(1) }, default);
        await server.StopAsync();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ledger.FindJobAsync("job", stop.Token));
        await server.StartAsync();
    }

    [Fact]
    public async Task Many_that_start_at_once_make_the_tables_once()
    {
        ILedger[] ledgers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => (ILedger)await PostgresLedger.OpenAsync(Options(), default)));
        Assert.Equal(["1"], await new PostgresTestDatabase(server, database).QueryAsync("SELECT n FROM schema_version"));
        await Task.WhenAll(ledgers.Select(l => l.OpenJobAsync(LedgerFixture.NewJob(), default)));
        Assert.Equal(["created"], (await ledgers[0].EventsAsync(LedgerFixture.Job, 10, default)).Select(e => e.Kind));
        await Task.WhenAll(ledgers.Select(l => l.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_left_alone()
    {
        await (await PostgresLedger.OpenAsync(Options(), default)).DisposeAsync();
        await server.QueryAsync(database, "INSERT INTO schema_version(n) VALUES(99)");
        LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => PostgresLedger.OpenAsync(Options(), default));
        Assert.Equal(ErrorCodes.LedgerVersion, e.Code);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_earlier_version()
    {
        await using PostgresRunner runner = PostgresLedger.Connect(Options());
        await PostgresSchema.MigrateAsync(runner, PostgresSchema.Steps, default);
        string[] broken = [.. PostgresSchema.Steps, "CREATE TABLE later(n bigint); INSERT INTO later VALUES('no number')"];
        await Assert.ThrowsAsync<LedgerException>(() => PostgresSchema.MigrateAsync(runner, broken, default));
        var tables = new PostgresTestDatabase(server, database);
        Assert.Equal([$"{PostgresSchema.Steps.Length}"], await tables.QueryAsync("SELECT max(n) FROM schema_version"));
        Assert.Equal([""], await tables.QueryAsync("SELECT to_regclass('later')::text"));
    }

    [Fact]
    public async Task Passwords_come_from_a_file_and_a_changed_one_is_taken_up()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("password");
        File.WriteAllText(file, "one\n");
        await server.QueryAsync(database, "CREATE ROLE somebody LOGIN SUPERUSER PASSWORD 'one'");
        var options = new PostgresLedgerOptions { Connection = $"postgres://somebody@127.0.0.1:{server.Port}/{database}", PasswordFile = file };
        await using PostgresLedger ledger = await PostgresLedger.OpenAsync(options, default);
        await server.QueryAsync("postgres", "ALTER ROLE somebody PASSWORD 'another'");
        File.WriteAllText(file, "another");
        await server.StopAsync();
        await server.StartAsync();
        Assert.Empty(await ledger.JobsAsync(JobQuery.Everything, default));
    }

    [Fact]
    public async Task What_cannot_be_used_is_said_at_once_and_without_the_password()
    {
        string good = $"127.0.0.1:{server.Port}/{database}";
        foreach ((string connection, string part) in new[]
        {
            ($"postgres://moodpipe:sesame@{good}", "check user and password"), ($"postgres://moodpipe:test-secret@127.0.0.1:{server.Port}/nothing", "createdb"),
            ($"postgres://nobody:sesame@{good}", "check user and password"), ("postgres://:sesame@/x", "host"), ("Host=a;Password=sesame;Frobnicate=1", "connection string"),
        })
        {
            long start = Stopwatch.GetTimestamp();
            LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => PostgresLedger.OpenAsync(new PostgresLedgerOptions { Connection = connection }, default));
            Assert.Equal(FaultClass.Environment, e.Class);
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("sesame", e.Message, StringComparison.Ordinal);
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "a mistake was tried again until the limit");
        }

        await Assert.ThrowsAsync<LedgerException>(() => PostgresLedger.OpenAsync(new PostgresLedgerOptions { Connection = $"postgres://u@{good}", PasswordFile = "/nowhere" }, default));
        await Assert.ThrowsAsync<LedgerException>(() => Ledgers.OpenAsync("mysql://u@h/d", null, default));
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_ends()
    {
        await using PostgresRunner runner = PostgresLedger.Connect(Options() with { StatementTimeout = TimeSpan.FromSeconds(1) });
        LedgerException e = await Assert.ThrowsAsync<LedgerException>(() => runner.RunAsync(tx => tx.ExecuteAsync("SELECT pg_sleep(60)"), default));
        Assert.Equal(FaultClass.Transient, e.Class);
        Assert.Contains("57014", e.Message);
    }

    [Fact]
    public async Task The_leader_changes_by_the_servers_clock()
    {
        await using PostgresLedger first = await PostgresLedger.OpenAsync(Options(), default);
        await using PostgresLedger second = await PostgresLedger.OpenAsync(Options(), default);
        Assert.NotNull(await first.TryLeadAsync("leader", "first", TimeSpan.FromSeconds(3), default));
        long start = Stopwatch.GetTimestamp();
        Lease? taken;
        while ((taken = await second.TryLeadAsync("leader", "second", TimeSpan.FromMinutes(10), default)) is null)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1));
            await Task.Delay(50);
        }

        Assert.Equal(2, taken.Term);
        Assert.Null(await first.TryLeadAsync("leader", "first", TimeSpan.FromSeconds(3), default));
    }

    [Fact]
    public async Task A_server_goes_with_the_test_process_that_started_it_even_when_that_is_killed()
    {
        string data;
        using (ChildProcess child = ChildProcess.Start(typeof(Program), "server"))
        {
            data = (await child.Output.ReadLineAsync())!;
            Assert.True(Directory.Exists(data));
            child.Kill();
        }

        long start = Stopwatch.GetTimestamp();
        while (Directory.Exists(Path.GetDirectoryName(data)) || Processes(data).Any())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2), "the server or its folder is still there");
            await Task.Delay(100);
        }
    }

    private static IEnumerable<string> Processes(string folder)
    {
        foreach (string process in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string command = "";
            try
            {
                command = File.ReadAllText($"{process}/cmdline");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // it has ended
            }

            if (command.Contains(folder, StringComparison.Ordinal))
            {
                yield return command;
            }
        }
    }

    private PostgresLedgerOptions Options() => new() { Connection = server.ConnectionString(database), MaxConnections = 4 };
}
