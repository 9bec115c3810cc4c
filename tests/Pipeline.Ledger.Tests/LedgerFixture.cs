using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger.Sqlite;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

/// <summary>A ledger in a folder of its own, with short ways to say what tests say often.</summary>
internal sealed class LedgerFixture : IAsyncDisposable
{
    public const string Job = "job-1";
    private readonly TemporaryFolder folder = new();

    public LedgerFixture(bool flush = false, int stageMask = StageGraph.Everything)
    {
        (Flush, StageMask) = (flush, stageMask);
        Ledger = Open();
    }

    public ManualTime Time { get; } = new();

    public SqliteLedger Ledger { get; private set; }

    public string Path => folder.File("ledger.db");

    private bool Flush { get; }

    private int StageMask { get; }

    public static NewJob NewJob(int stageMask = StageGraph.Everything) => new() { Id = Job, SpecDigest = "spec", StageMask = stageMask };

    public static NewPicture Picture(int number, params string[] emotions) =>
        new($"p{number}", $"/in/p{number}.png", null, "{}", [.. emotions.Select((e, i) => new NewItem(e, 1, 0, 1000 + i))]);

    public static StageResult Result(string stage, long item, StageOutcome outcome, int epoch = 0, int attempt = 0, string fingerprint = "f") => new()
    {
        JobId = Job, Epoch = epoch, Stage = stage, WorkerId = "w", Device = "cpu",
        Entries =
        [
            new StageResultEntry
            {
                Item = item, Attempt = attempt, Outcome = outcome, WorkKey = outcome is StageOutcome.Done or StageOutcome.Cached ? $"{stage}-{item}" : null,
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

    public async Task<IReadOnlyList<PictureDispatch>> Claim(int credits, bool oversize = true)
    {
        var dispatches = new List<PictureDispatch>();
        await Ledger.ClaimAsync(Job, credits, oversize, TimeSpan.FromMinutes(20), Announce, default);
        return dispatches;

        byte[] Announce(PictureDispatch dispatch)
        {
            dispatches.Add(dispatch);
            return [1];
        }
    }

    public Task<JobProgress> Progress() => Ledger.ProgressAsync(Job, default);

    public async Task<List<ItemReport>> Items()
    {
        var items = new List<ItemReport>();
        await foreach (ItemReport item in Ledger.ItemsAsync(Job, default))
        {
            items.Add(item);
        }

        return items;
    }

    public async Task Reopen()
    {
        await Ledger.DisposeAsync();
        Ledger = Open();
    }

    /// <summary>Compares the counters with a scan of the rows that they count.</summary>
    public static void AssertCountersEqualScan(string path)
    {
        using var db = new SqliteConnection(path, readOnly: true);
        Assert.Equal(
            db.Query("SELECT state, count(*) FROM item GROUP BY job, state ORDER BY job, state", r => (r.Long(0), r.Long(1))),
            db.Query("SELECT state, n FROM item_counter WHERE n <> 0 ORDER BY job, state", r => (r.Long(0), r.Long(1))));
        Assert.Equal(
            db.Query("SELECT stage, outcome, count(*) FROM item_stage GROUP BY job, stage, outcome ORDER BY job, stage, outcome", r => (r.Long(0), r.Long(1), r.Long(2))),
            db.Query("SELECT stage, outcome, n FROM stage_counter WHERE n <> 0 ORDER BY job, stage, outcome", r => (r.Long(0), r.Long(1), r.Long(2))));
        Assert.Equal(
            db.Query("SELECT job, stage, outcome, sum(compute_ms) FROM item_stage GROUP BY job, stage, outcome ORDER BY job, stage, outcome", r => (r.Long(0), r.Long(1), r.Long(2), r.Long(3))),
            db.Query("SELECT job, stage, outcome, compute_ms FROM stage_counter WHERE n <> 0 ORDER BY job, stage, outcome", r => (r.Long(0), r.Long(1), r.Long(2), r.Long(3))));
        Assert.Equal(
            db.Query(
                """
                SELECT b.stage, count(*) FROM item i JOIN job j ON j.no = i.job
                JOIN (SELECT value AS stage FROM json_each('[0,1,2,3,4]')) b ON (((j.stage_mask & ~i.resolved) >> b.stage) & 1) = 1
                WHERE i.state IN (0, 1, 2) GROUP BY i.job, b.stage ORDER BY i.job, b.stage
                """,
                r => (r.Long(0), r.Long(1))),
            db.Query("SELECT stage, n FROM backlog WHERE n <> 0 ORDER BY job, stage", r => (r.Long(0), r.Long(1))));
        Assert.Equal(
            db.Query("SELECT fingerprint, stage, count(*), sum(n) FROM error GROUP BY job, fingerprint, stage ORDER BY job, fingerprint, stage", r => (r.Text(0), r.Long(1), r.Long(2), r.Long(3))),
            db.Query("SELECT fingerprint, stage, items, occurrences FROM error_cause ORDER BY job, fingerprint, stage", r => (r.Text(0), r.Long(1), r.Long(2), r.Long(3))));
        Assert.Equal("ok", db.Query("PRAGMA integrity_check", r => r.Text(0)).Single());
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        folder.Dispose();
    }

    private SqliteLedger Open() => new(new SqliteLedgerOptions { Path = Path, FlushToDisk = Flush, Time = Time });
}
