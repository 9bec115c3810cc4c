using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <summary>A ledger in a database of its own, with short ways to say what tests say often.</summary>
internal sealed class LedgerFixture : IAsyncDisposable
{
    public const string Job = "job-1";

    private LedgerFixture(ITestDatabase database, int stageMask, RetryPolicy retry) => (Database, StageMask, Retry) = (database, stageMask, retry);

    public ITestDatabase Database { get; }

    public ManualTime Time { get; } = new();

    public ILedger Ledger { get; private set; } = null!;

    private int StageMask { get; }

    private RetryPolicy Retry { get; }

    /// <summary>Opens a ledger; the fixture owns the database from then on.</summary>
    public static async Task<LedgerFixture> CreateAsync(ITestDatabase database, int stageMask = StageGraph.Everything, RetryPolicy? retry = null)
    {
        var fixture = new LedgerFixture(database, stageMask, retry ?? new RetryPolicy());
        fixture.Ledger = await database.OpenAsync(fixture.Time, fixture.Retry);
        return fixture;
    }

    public static NewJob NewJob(int stageMask = StageGraph.Everything) => new() { Id = Job, SpecDigest = "spec", StageMask = stageMask };

    public static NewPicture Picture(int number, params string[] emotions) =>
        new($"p{number}", $"/in/p{number}.png", null, "{}", [.. emotions.Select((e, i) => new NewItem(e, 1, 0, 1000 + i))]);

    public static NewPicture[] Pictures(int count, params string[] emotions) => [.. Enumerable.Range(0, count).Select(i => Picture(i, emotions))];

    public static StageResult Result(string stage, long item, StageOutcome outcome, int epoch = 0, int attempt = 0, string fingerprint = "f") => new()
    {
        JobId = Job, Epoch = epoch, Stage = stage, WorkerId = "w", Device = "cpu",
        Entries =
        [
            new StageResultEntry
            {
                Item = item, Attempt = attempt, Outcome = outcome, WorkKey = outcome is StageOutcome.Done or StageOutcome.Cached ? $"{stage}-{item}" : null, ComputeMs = 100 + item,
                Error = outcome is StageOutcome.Done or StageOutcome.Cached
                    ? null
                    : new ItemError { Code = ErrorCodes.SourceUndecodable, Class = FaultClass.Poison, Type = "T", Message = $"{stage} of {item}", Fingerprint = fingerprint },
            },
        ],
    };

    public async Task Import(params NewPicture[] pictures)
    {
        await Ledger.OpenJobAsync(NewJob(StageMask), default);
        await Ledger.ImportAsync(Job, 0, pictures, default);
        await Ledger.FinishImportAsync(Job, default);
    }

    public Task<ApplyReport> Apply(string stage, long item, StageOutcome outcome, int epoch = 0, int attempt = 0) =>
        Ledger.ApplyAsync([Result(stage, item, outcome, epoch, attempt)], default);

    public Task<IReadOnlyList<PictureDispatch>> Claim(int credits, bool oversize = true) => Claim(Ledger, credits, oversize);

    public static async Task<IReadOnlyList<PictureDispatch>> Claim(ILedger ledger, int credits, bool oversize = true)
    {
        var dispatches = new List<PictureDispatch>();
        IReadOnlyList<OutboxMessage> messages = await ledger.ClaimAsync(Job, credits, oversize, TimeSpan.FromMinutes(20), Announce, default);
        return [.. messages.Select(m => dispatches[m.Body[0]])];

        byte[] Announce(PictureDispatch dispatch)
        {
            dispatches.Add(dispatch);
            return [(byte)(dispatches.Count - 1)];
        }
    }

    public Task<JobProgress> Progress() => Ledger.ProgressAsync(Job, default);

    public async Task<List<ItemReport>> Items(ItemFilter? filter = null)
    {
        var items = new List<ItemReport>();
        await foreach (ItemReport item in Ledger.ItemsAsync(Job, filter ?? ItemFilter.Everything, default))
        {
            items.Add(item);
        }

        return items;
    }

    public async Task Reopen()
    {
        await Ledger.DisposeAsync(); // once more is harmless
        Ledger = await Database.OpenAsync(Time, Retry);
    }

    /// <summary>Compares all counters with scans of the rows that they count.</summary>
    public Task AssertCountersEqualScan() => AssertCountersEqualScan(Database);

    /// <inheritdoc cref="AssertCountersEqualScan()" />
    public static async Task AssertCountersEqualScan(ITestDatabase database)
    {
        foreach ((string scan, string counters) in Scans)
        {
            Assert.Equal(await database.QueryAsync(scan), await database.QueryAsync(counters));
        }

        if (database is SqliteTestDatabase)
        {
            Assert.Equal(["ok"], await database.QueryAsync("PRAGMA integrity_check"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await Database.DisposeAsync();
    }

    private static readonly (string Scan, string Counters)[] Scans =
    [
        ("SELECT job, state, count(*) FROM item GROUP BY job, state ORDER BY job, state", "SELECT job, state, n FROM item_counter WHERE n <> 0 ORDER BY job, state"),
        ("SELECT job, stage, outcome, count(*), sum(compute_ms) FROM item_stage GROUP BY job, stage, outcome ORDER BY job, stage, outcome",
            "SELECT job, stage, outcome, n, compute_ms FROM stage_counter WHERE n <> 0 ORDER BY job, stage, outcome"),
        ("""
            SELECT i.job, b.stage, count(*) FROM item i JOIN job j ON j.no = i.job
            JOIN (SELECT 0 AS stage UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) b ON (((j.stage_mask & ~i.resolved) >> b.stage) & 1) = 1
            WHERE i.state IN (0, 1, 2) GROUP BY i.job, b.stage ORDER BY i.job, b.stage
            """,
            "SELECT job, stage, n FROM backlog WHERE n <> 0 ORDER BY job, stage"),
        ("SELECT job, fingerprint, stage, count(*), sum(n) FROM error GROUP BY job, fingerprint, stage ORDER BY job, fingerprint, stage",
            "SELECT job, fingerprint, stage, items, occurrences FROM error_cause ORDER BY job, fingerprint, stage"),
    ];
}
