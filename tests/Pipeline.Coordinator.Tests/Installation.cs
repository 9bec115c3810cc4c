using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;
using Pipeline.Ledger.Sqlite;
using Pipeline.Hosting.Connections;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Planning;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Coordinator.Tests;

/// <summary>A whole installation in this process: a coordinator over a SQLite ledger and a folder store, and fake stages on the in-memory transport.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly CancellationTokenSource stop = new();
    private readonly ComputeThread compute = new();
    private readonly StringBuilder lines = new();
    private readonly ConcurrentQueue<JobControl> orders = new();
    private Task running = Task.CompletedTask;

    public Installation(FakeStages? stages = null, Func<CoordinatorOptions, CoordinatorOptions>? change = null)
    {
        Stages = stages ?? new FakeStages();
        Retry = new RetryPolicy { Delays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(30), 4)] };
        Ledger = new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("ledger.db"), FlushToDisk = false, Retry = Retry });
        Store = new FolderArtefactStore(new FolderStoreOptions { Root = folder.File("store"), FlushToDisk = false });
        var options = new CoordinatorOptions { OutputRoot = folder.File("out"), ResultWait = TimeSpan.FromMilliseconds(20), Idle = TimeSpan.FromMilliseconds(100), SweepEvery = TimeSpan.FromMilliseconds(200), WorkKeys = _ => StageKeys.Of(Stages.Runners) };
        Options = change is null ? options : change(options);
        Service = new CoordinatorService(Ledger, Store, new BrokerBus(CreateBus, BrokerOptions.InMemory, Options, NullLogger.Instance), Options, NullLoggerFactory.Instance);
    }

    public FakeStages Stages { get; }

    public RetryPolicy Retry { get; }

    public SqliteLedger Ledger { get; }

    public FolderArtefactStore Store { get; }

    public CoordinatorOptions Options { get; }

    public CoordinatorService Service { get; }

    /// <summary>Orders that workers were given so far.</summary>
    public IReadOnlyList<JobControl> Orders => [.. orders];

    /// <summary>Makes the messages of a stage vanish, as with a worker that hangs.</summary>
    public Func<StageWork, bool> Vanishes { get; set; } = _ => false;

    public string Root => folder.Path;

    public void AddPictures(int count, string emotions = "\"joy\",\"fear\",\"anger\"", string prefix = "p", Func<int, string>? content = null)
    {
        for (int i = 0; i < count; i++)
        {
            File.WriteAllText(folder.File($"{prefix}{i}.bin"), content?.Invoke(i) ?? $"picture {i}");
            lines.Append($$"""{"id":"{{prefix}}{{i}}","image":"{{prefix}}{{i}}.bin","emotions":[{{emotions}}]}""").Append('\n');
        }
    }

    public byte[] Manifest() => Encoding.UTF8.GetBytes(lines.ToString());

    public void Start() => running = Service.RunAsync(stop.Token);

    public async Task<string> SubmitAsync(JobRequest? request = null)
    {
        using var manifest = new MemoryStream(Manifest());
        (JobInfo job, _) = await Service.Submission.SubmitAsync((request ?? new JobRequest()) with { SourceBase = folder.Path }, manifest, CancellationToken.None);
        return job.Id;
    }

    public async Task<JobProgress> UntilAsync(string job, Func<JobProgress, bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        while (true)
        {
            JobProgress progress = await Ledger.ProgressAsync(job, patience.Token);
            if (condition(progress))
            {
                return progress;
            }

            if (running.IsFaulted)
            {
                await running;
            }

            await Task.Delay(20, patience.Token);
        }
    }

    public Task<JobProgress> EndedAsync(string job) => UntilAsync(job, p => JobStates.HasEnded(p.State));

    /// <summary>Digests of a job's data set, without times and machines.</summary>
    public SortedDictionary<string, string> DataSet(string job) => Digests(Options.DataSetOf(job));

    public string[] Metadata(string job) => File.ReadAllLines(Path.Combine(Options.DataSetOf(job), "metadata.jsonl"));

    /// <summary>The data set of the same manifest from an embedded run with stages and a store of its own.</summary>
    public async Task<SortedDictionary<string, string>> EmbeddedAsync()
    {
        byte[] manifest = Manifest();
        var options = new EmbeddedRunOptions
        {
            OpenManifest = () => new MemoryStream(manifest), Sources = new FileSourceReader(folder.Path), OutputFolder = folder.File("embedded"), StateFolder = folder.File("state"),
            FlushToDisk = false, Retry = Retry,
        };
        await new EmbeddedRun(options, new FakeStages().Runners).RunAsync(null, CancellationToken.None, CancellationToken.None);
        return Digests(folder.File("embedded"));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        await Ledger.DisposeAsync();
        compute.Dispose();
        stop.Dispose();
        folder.Dispose();
    }

    private static SortedDictionary<string, string> Digests(string root)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(p => Path.GetFileName(p) != "provenance.jsonl"))
        {
            files[Path.GetRelativePath(root, path)] = Sha256Digest.Of(File.ReadAllBytes(path));
        }

        return files;
    }

    private IBusControl CreateBus(Action<IBusFactoryConfigurator> configure)
    {
        IBusControl? bus = null;
        var gate = new WorkGate(TimeProvider.System);
        var outbox = new BusOutbox(() => bus!);
        var services = new StageServices { Store = Store, Compute = compute, Retry = new IoRetry { FirstDelay = TimeSpan.FromMilliseconds(1) } };
        bus = Bus.Factory.CreateUsingInMemory(c =>
        {
            foreach (StageRunner runner in Stages.Runners)
            {
                var handler = new StageHandler(runner, services, new SourceIntake(new FileSourceReader(folder.Path), Store, 1 << 20), gate, new HolePunch(this, outbox), new Silence(), NullLogger.Instance);
                c.ReceiveStage(handler, WorkClass.Bulk, stop.Token);
                c.ReceiveStage(handler, WorkClass.Express, stop.Token);
            }

            c.ReceiveEndpoint(QueueNames.Control, e =>
            {
                e.ConfigureConsumeTopology = false;
                e.Handler<JobControl>(context =>
                {
                    gate.Apply(context.Message);
                    orders.Enqueue(context.Message);
                    return Task.CompletedTask;
                });
            });
            configure(c);
        });
        return bus;
    }

    private sealed class HolePunch(Installation installation, BusOutbox inner) : IStageOutbox
    {
        public Task SendAsync(StageWork work, CancellationToken cancellation) => installation.Vanishes(work) ? Task.CompletedTask : inner.SendAsync(work, cancellation);

        public Task SendAsync(StageResult result, CancellationToken cancellation) => inner.SendAsync(result, cancellation);
    }

    private sealed class Silence : IWorkObserver
    {
        public void Taken(IReadOnlyList<StageWork> works)
        {
        }

        public void Finished(IReadOnlyList<StageWork> works)
        {
        }

        public void Unfit(Exception reason)
        {
        }
    }
}
