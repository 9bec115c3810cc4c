using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Results;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Transport;
using Pipeline.FakeWorker;
using Pipeline.Ledger;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Storage;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestServers.Postgres;
using Pipeline.TestServers.Processes;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>
/// A whole installation of one test: a virtual host, a PostgreSQL database, a bucket, the coordinator in this process, fake workers as processes. Knows what must be true at the end of a job,
/// whatever happened meanwhile.
/// </summary>
internal sealed class ClusterHarness : IAsyncDisposable
{
    public const string JobId = "job";
    private static readonly string[] Emotions = ["joy", "fear", "anger"];
    private readonly ServerFolder folder = new("cluster");
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<FakeWorkerProcess> workers = new();
    private readonly HarnessOptions options;
    private readonly string vhost;
    private Task coordinator = Task.CompletedTask;
    private int started;

    private ClusterHarness(HarnessOptions options, RabbitNode node, string vhost, TestStore store, ILedger ledger)
    {
        (this.options, Node, this.vhost, Store, Ledger) = (options, node, vhost, store, ledger);
        Artefacts = ArtefactStores.Open($"s3://{TestStore.Bucket}/moodpipe", StoreOptions);
    }

    public RabbitNode Node { get; }

    public ILedger Ledger { get; }

    /// <summary>The bucket, to make trouble in.</summary>
    public TestStore Store { get; }

    /// <summary>The artefacts in it.</summary>
    public IArtefactStore Artefacts { get; }

    public BrokerOptionsOf Broker => new(Node, vhost);

    public int Items => options.Pictures * Emotions.Length;

    public IEnumerable<FakeWorkerProcess> Workers => workers;

    private StoreOptions StoreOptions => new() { S3 = new S3Access { ServiceUrl = Store.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } };

    private string Manifest => string.Join("\n", Enumerable.Range(0, options.Pictures).Select(i =>
        $$"""{"id":"p{{i}}","image":"p{{i}}.bin","emotions":[{{string.Join(',', Emotions.Select(e => $"\"{e}\""))}}]}"""));

    /// <summary>Starts the servers and the coordinator, and submits the job. Workers are started by the test.</summary>
    public static async Task<ClusterHarness> StartAsync(string name, HarnessOptions options)
    {
        RabbitNode node = options.OwnBroker ? await RabbitNode.StartAsync() : await SharedRabbit.NodeAsync();
        string vhost = await node.CreateVhostAsync(name);
        PostgresServer postgres = await SharedPostgres.ServerAsync();
        string database = await postgres.CreateDatabaseAsync(name.Replace('-', '_'));
        var retry = new RetryPolicy { Delays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(200), 4)] };
        ILedger ledger = await Ledgers.OpenAsync(postgres.ConnectionString(database), new LedgerOptions { Retry = retry }, default);
        TestStore store = await TestStore.StartAsync(options.StoreAsProcess);
        var harness = new ClusterHarness(options, node, vhost, store, ledger) { LedgerAddress = postgres.ConnectionString(database) };
        await harness.DeployAsync();
        await harness.SubmitAsync();
        return harness;
    }

    private string LedgerAddress { get; init; } = "";

    /// <summary>Starts a coordinator as a process of its own, with short leases.</summary>
    public Process StartCoordinator(int leaderLease = 3, Uri? http = null, string? token = null)
    {
        ProcessStartInfo start = folder.Program(
            MoodpipeProcess.Executable, "serve", "--out", folder.File("out"), "--http", http?.OriginalString ?? "http://127.0.0.1:0", "--leader-lease-seconds", $"{leaderLease}", "--item-lease-seconds", "30", "--retry-seconds", "0.2,0.2,0.2,0.2");
        foreach ((string name, string value) in new (string, string)[]
        {
            ("BROKER", $"amqp://127.0.0.1:{Node.Port}/{vhost}"), ("BROKER_USER", RabbitNode.User), ("BROKER_PASSWORD", RabbitNode.Password), ("BROKER_MANAGEMENT", Node.Management.Address.AbsoluteUri),
            ("STORE", $"s3://{TestStore.Bucket}/moodpipe"), ("S3_ENDPOINT", Store.Endpoint.GetLeftPart(UriPartial.Authority)), ("S3_ACCESS_KEY", "test-access"), ("S3_SECRET_KEY", "test-secret"),
            ("LEDGER", LedgerAddress),
        })
        {
            start.Environment[$"MOODPIPE_{name}"] = value;
        }

        if (token is not null)
        {
            File.WriteAllText(folder.File("serve.yaml"), $"token: {token}\n");
            start.Environment["MOODPIPE_CONFIG"] = folder.File("serve.yaml");
        }

        return Process.Start(start) ?? throw new InvalidOperationException("the coordinator did not start");
    }

    /// <summary>Makes virtual host and queues (again).</summary>
    public async Task DeployAsync()
    {
        await Node.Management.CreateVhostAsync(vhost, RabbitNode.User);
        await Topology.DeployAsync(VirtualHost.OptionsOf(Node, vhost), options.Topology, default);
    }

    /// <summary>Starts a worker. Its log of computations is its own, also after a restart.</summary>
    public FakeWorkerProcess StartWorker(string? crash = null, Func<FakeWorkerSettings, FakeWorkerSettings>? change = null)
    {
        string id = $"w{Interlocked.Increment(ref started)}";
        var settings = new FakeWorkerSettings
        {
            WorkerId = id,
            BrokerPort = Node.Port,
            Management = Node.Management.Address.AbsoluteUri,
            VirtualHost = vhost,
            User = RabbitNode.User,
            Password = RabbitNode.Password,
            Store = $"s3://{TestStore.Bucket}/moodpipe",
            S3Endpoint = Store.Endpoint.AbsoluteUri,
            AccessKey = "test-access",
            SecretKey = "test-secret",
            Sources = folder.Path,
            ComputeMs = (int)options.Compute.TotalMilliseconds,
            ComputeLog = folder.File($"{id}.computed"),
        };
        var worker = new FakeWorkerProcess(folder, change is null ? settings : change(settings), crash);
        workers.Enqueue(worker);
        return worker;
    }

    /// <summary>Keeps a number of workers running until the job is done: whoever dies is started again, as an orchestrator does.</summary>
    public async Task SuperviseAsync(int count, TimeSpan limit, Func<FakeWorkerSettings, FakeWorkerSettings>? change = null)
    {
        List<FakeWorkerProcess> crew = [.. Enumerable.Range(0, count).Select(_ => StartWorker(change: change))];
        await UntilAsync(async () =>
        {
            for (int i = 0; i < crew.Count; i++)
            {
                crew[i] = crew[i].HasEnded ? StartWorker(change: change) : crew[i];
            }

            return await IsDoneAsync();
        }, limit, "the job is done");
    }

    public Task DoneAsync(TimeSpan limit) => UntilAsync(IsDoneAsync, limit, "the job is done");

    /// <summary>Waits for something, and shows what the workers said if it does not come.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, TimeSpan limit, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (coordinator.IsFaulted)
            {
                await coordinator;
            }

            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                JobProgress progress = await Ledger.ProgressAsync(JobId, default);
                throw new TimeoutException($"not within {limit}: {what}; {string.Join(", ", progress.Items)}; {string.Join(", ", progress.Stages)}\n{string.Join("\n", workers.Select(w => w.Output))}");
            }

            await Task.Delay(200);
        }
    }

    /// <summary>Published manifests of units: the commit points.</summary>
    public int Manifests => Store.Keys.Count(k => k.Contains("/cas/", StringComparison.Ordinal) && !k.Contains("/cas/settings/", StringComparison.Ordinal));

    /// <summary>Digests of all outputs of published manifests.</summary>
    public async Task<HashSet<string>> PublishedAsync()
    {
        HashSet<string> outputs = [];
        foreach (string[] parts in Store.Keys.Select(k => k.Split('/')).Where(k => k.Length == 5 && k[1] == "cas" && k[2] != "settings"))
        {
            byte[] manifest = await Artefacts.TryReadManifestAsync(new ManifestKey(parts[2], Path.GetFileNameWithoutExtension(parts[4])), default) ?? throw new InvalidOperationException("a manifest vanished");
            outputs.UnionWith(ContractJson.Deserialize<StageManifest>(manifest).Outputs.Values.Select(b => b.Sha256));
        }

        return outputs;
    }

    /// <summary>Units that workers have begun and finished computing.</summary>
    public (long Begun, long Ended) Computed => (Sum("begin"), Sum("end"));

    /// <summary>
    /// The oracle: every item ended well with the outcomes of all stages, the counters say so, and the data set is byte for byte what a run without any fault makes.
    /// </summary>
    /// <param name="extra">Most units that may have been computed again.</param>
    public async Task CheckAsync(long extra)
    {
        JobProgress progress = await Ledger.ProgressAsync(JobId, default);
        Assert.Equal((Items, 0), (progress.Count(ItemState.Done), progress.Open));
        Assert.All(StageNames.All, stage => Assert.Equal(Items, progress.Count(stage, StageOutcome.Done) + progress.Count(stage, StageOutcome.Cached)));
        int items = 0;
        await foreach (ItemReport item in Ledger.ItemsAsync(JobId, default))
        {
            items++;
            foreach (string stage in StageNames.All)
            {
                Assert.NotNull(await Artefacts.TryReadManifestAsync(new ManifestKey(stage, item.Stages[stage].WorkKey!), default));
            }
        }

        Assert.Equal(Items, items);
        Assert.Equal(Units, Manifests);
        (SortedDictionary<string, string> undisturbed, int units) = await UndisturbedAsync();
        Assert.Equal(undisturbed, DataSet(folder.File("out", JobId)));
        Assert.InRange(Computed.Begun, units, units + extra);
    }

    /// <summary>The part of the oracle about all pictures but one: their files and their lines of the data set are those of an undisturbed run.</summary>
    public async Task CheckOthersAsync(string except)
    {
        SortedDictionary<string, string> undisturbed = (await UndisturbedAsync()).Files;
        SortedDictionary<string, string> actual = DataSet(folder.File("out", JobId));
        Assert.Equal(undisturbed.Where(IsOther), actual.Where(IsOther));
        Assert.Equal(Lines("undisturbed"), Lines("out", JobId));

        bool IsOther(KeyValuePair<string, string> file) => file.Key != "metadata.jsonl" && !file.Key.Contains(except, StringComparison.Ordinal);

        string[] Lines(params string[] place) => [.. File.ReadAllLines(folder.File([.. place, "metadata.jsonl"])).Where(l => !l.Contains($"\"{except}\"", StringComparison.Ordinal))];
    }

    /// <summary>Units that a run without faults computes.</summary>
    public int Units => options.Pictures * (1 + (4 * Emotions.Length)); // invert of the picture; prompt, edit, caption, score of each edit

    public async ValueTask DisposeAsync()
    {
        foreach (FakeWorkerProcess worker in workers)
        {
            worker.Dispose();
        }

        await stop.CancelAsync();
        await coordinator.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Ledger.DisposeAsync();
        (Artefacts as IDisposable)?.Dispose();
        await Store.DisposeAsync();
        await folder.DisposeAsync();
        if (options.OwnBroker)
        {
            await Node.DisposeAsync();
        }
        else
        {
            await Node.Management.DeleteVhostAsync(vhost);
        }

        stop.Dispose();
    }

    /// <summary>Writes a picture's file, before the job or between two tries.</summary>
    public Task ReplacePictureAsync(int picture, byte[] content) => File.WriteAllBytesAsync(folder.File($"p{picture}.bin"), content);

    /// <summary>Lines of the job's metadata.</summary>
    public IReadOnlyList<ResultRecord> Metadata() => [.. File.ReadLines(folder.File("out", JobId, "metadata.jsonl")).Select(l => ContractJson.Deserialize<ResultRecord>(Encoding.UTF8.GetBytes(l)))];

    private async Task SubmitAsync()
    {
        for (int i = 0; i < options.Pictures; i++)
        {
            byte[] content = options.Files.GetValueOrDefault(i) ?? Encoding.UTF8.GetBytes(options.Contents.GetValueOrDefault(i, $"picture {i}"));
            await ReplacePictureAsync(i, content);
        }

        var coordinatorOptions = new CoordinatorOptions
        {
            OutputRoot = folder.File("out"), ItemLease = options.Lease, SweepEvery = TimeSpan.FromSeconds(1), Idle = TimeSpan.FromMilliseconds(200), ResultWait = TimeSpan.FromMilliseconds(100),
        };
        var bus = BrokerBus.Of(VirtualHost.OptionsOf(Node, vhost), coordinatorOptions, NullLogger.Instance);
        ILoggerFactory loggers = NullLoggerFactory.Instance;
        var service = new CoordinatorService(Ledger, Artefacts, bus, coordinatorOptions, loggers);
        if (options.OwnCoordinator)
        {
            coordinator = service.RunAsync(stop.Token);
        }

        var request = new JobRequest { Id = JobId, SourceBase = folder.Path, Window = options.Window };
        await service.Submission.SubmitAsync(request, new MemoryStream(Encoding.UTF8.GetBytes(Manifest)), default);
    }

    private async Task<bool> IsDoneAsync() => (await Ledger.FindJobAsync(JobId, default))?.State is JobState.Done or JobState.DoneWithErrors or JobState.Failed
        && File.Exists(folder.File("out", JobId, "metadata.jsonl"));

    private long Sum(string what) => workers.Sum(w => w.Computations.Where(c => c[0] == what).Sum(c => long.Parse(c[2])));

    private async Task<(SortedDictionary<string, string> Files, int Units)> UndisturbedAsync()
    {
        var stages = new FakeStages();
        var run = new EmbeddedRunOptions
        {
            OpenManifest = () => new MemoryStream(Encoding.UTF8.GetBytes(Manifest)), Sources = new FileSourceReader(folder.Path), OutputFolder = folder.File("undisturbed"), StateFolder = folder.File("state"),
            FlushToDisk = false, Defaults = new JobDefaults(),
        };
        await new EmbeddedRun(run, stages.Runners).RunAsync(null, default, default);
        return (DataSet(folder.File("undisturbed")), stages.Computed);
    }

    private static SortedDictionary<string, string> DataSet(string root)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(p => Path.GetFileName(p) != "provenance.jsonl"))
        {
            files[Path.GetRelativePath(root, path)] = Sha256Digest.Of(File.ReadAllBytes(path));
        }

        return files;
    }

    /// <summary>Where the broker is.</summary>
    internal sealed record BrokerOptionsOf(RabbitNode Node, string VirtualHost);
}
