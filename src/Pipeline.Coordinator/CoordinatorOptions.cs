using Pipeline.Contracts.Messages;
using Pipeline.Coordinator.Admission;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Planning;
using Pipeline.Stages.Sources;
using Pipeline.Storage;

namespace Pipeline.Coordinator;

/// <summary>How a coordinator works.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>Name of this process among coordinators; unique for each one that runs.</summary>
    public string Owner { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>Where data sets go: a folder or <c>s3://bucket/prefix</c>; each job's is below it, under the job's name.</summary>
    public required string OutputRoot { get; init; }

    /// <summary>How <see cref="OutputRoot"/> is reached.</summary>
    public StoreOptions OutputStore { get; init; } = new();

    /// <summary>How long leadership holds without renewal, and so how long a standby waits after its leader died; default 15 s.</summary>
    public TimeSpan LeaderLease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an item may go without a sign of life before it is given out again; default 20 min.</summary>
    public TimeSpan ItemLease { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>How often items whose lease ran out are looked for; default 10 s.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A worker that was silent for longer does not count as live; default 30 s.</summary>
    public TimeSpan WorkerAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A worker that was silent for longer is forgotten; default 1 h.</summary>
    public TimeSpan WorkerForgotten { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Size of the credit window.</summary>
    public CreditWindow Window { get; init; } = new();

    /// <summary>How often the ledger is looked at when nothing happens; default 1 s.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A defect with one cause pauses its job when it hit at least so many items (default 20) and more than <see cref="BreakerShare"/> of them.</summary>
    public int BreakerItems { get; init; } = 20;

    /// <summary>Share of the job's items; default 0.01.</summary>
    public double BreakerShare { get; init; } = 0.01;

    /// <summary>Outcomes written to the ledger in one transaction; default 500.</summary>
    public int ResultBatch { get; init; } = 500;

    /// <summary>How long outcomes wait for company; default 200 ms.</summary>
    public TimeSpan ResultWait { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Jobs imported at the same time; default 2.</summary>
    public int ParallelImports { get; init; } = 2;

    /// <summary>Dispatches that wait for the broker's confirmation at the same time; default 64.</summary>
    public int ParallelSends { get; init; } = 64;

    /// <summary>Largest manifest, bytes; default 16 GiB.</summary>
    public long MaxManifestBytes { get; init; } = 16L << 30;

    /// <summary>Most pictures of a folder or bucket that a job lists; default 100 million.</summary>
    public long MaxListedPictures { get; init; } = 100_000_000;

    /// <summary>Longest manifest line, bytes; default 1 MiB.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>Where this process may read pictures, to forecast and to list them.</summary>
    public SourceOptions Sources { get; init; } = new();

    /// <summary>How work is named by what its workers say, for forecasts.</summary>
    public Func<IReadOnlyDictionary<string, StageProfile>, StageKeys> WorkKeys { get; init; } = profiles => StageKeys.Of(profiles, EditMethods.BuiltIn);

    /// <summary>Address of a job's data set.</summary>
    public string DataSetOf(string jobId) => $"{OutputRoot.TrimEnd('/')}/{jobId}";

    /// <summary>Address of a job's audit: its items and its summary as the ledger knows them. No job's name begins with a dot.</summary>
    public string AuditOf(string jobId) => $"{OutputRoot.TrimEnd('/')}/.audit/{jobId}";

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
