using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Coordinator;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Transport;
using Pipeline.FakeWorker;
using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;
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
internal sealed partial class ClusterHarness : IAsyncDisposable
{
    public const string JobId = "job";
    private static readonly string[] Emotions = ["joy", "fear", "anger"];
    private readonly ServerFolder folder = new("cluster");
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<FakeWorkerProcess> workers = new();
    private readonly HarnessOptions options;
    private readonly RabbitCluster? servers;
    private readonly string vhost;
    private readonly string ledgerAddress;
    private readonly CoordinatorService service;
    private Task coordinator = Task.CompletedTask;
    private int started;

    private ClusterHarness(HarnessOptions options, RabbitCluster? servers, RabbitNode node, string vhost, TestStore store, ILedger ledger, string ledgerAddress)
    {
        (this.options, this.servers, Node, this.vhost, Store, Ledger, this.ledgerAddress) = (options, servers, node, vhost, store, ledger, ledgerAddress);
        Artefacts = ArtefactStores.Open($"s3://{TestStore.Bucket}/moodpipe", StoreOptions);
        CoordinatorOptions coordinatorOptions = options.Coordinator(new CoordinatorOptions
        {
            OutputRoot = folder.File("out"), ItemLease = options.Lease, SweepEvery = TimeSpan.FromSeconds(1), Idle = TimeSpan.FromMilliseconds(200), ResultWait = TimeSpan.FromMilliseconds(100),
        });
        ICoordinatorBus bus = options.Bus(BrokerBus.Of(Broker, coordinatorOptions, NullLogger.Instance));
        service = new CoordinatorService(Ledger, Artefacts, bus, coordinatorOptions, NullLoggerFactory.Instance);
    }

    /// <summary>The broker, or the first node of it.</summary>
    public RabbitNode Node { get; }

    /// <summary>All nodes of the broker.</summary>
    public IReadOnlyList<RabbitNode> Nodes => servers?.Nodes ?? [Node];

    /// <summary>The broker of three nodes.</summary>
    public RabbitCluster Servers => servers ?? throw new InvalidOperationException("this test has one node");

    public ILedger Ledger { get; }

    /// <summary>The bucket, to make trouble in.</summary>
    public TestStore Store { get; }

    /// <summary>The artefacts in it.</summary>
    public IArtefactStore Artefacts { get; }

    public BrokerOptions Broker => VirtualHost.OptionsOf(Nodes, vhost);

    public int Items => options.Pictures * Emotions.Length;

    public IEnumerable<FakeWorkerProcess> Workers => workers;

    private StoreOptions StoreOptions => new() { S3 = new S3Access { ServiceUrl = Store.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } };

    private string Manifest => Lines(Enumerable.Range(0, options.Pictures).Select(i => $"p{i}"), Emotions);

    /// <summary>Starts the servers and the coordinator, and submits the job. Workers are started by the test.</summary>
    public static async Task<ClusterHarness> StartAsync(string name, HarnessOptions options)
    {
        RabbitCluster? servers = options.ThreeNodes ? await RabbitCluster.StartAsync() : null;
        RabbitNode node = servers?.Nodes[0] ?? (options.OwnBroker ? await RabbitNode.StartAsync() : await SharedRabbit.NodeAsync());
        string vhost = await node.CreateVhostAsync(name);
        PostgresServer postgres = await SharedPostgres.ServerAsync();
        string database = postgres.ConnectionString(await postgres.CreateDatabaseAsync(name.Replace('-', '_')));
        var retry = new RetryPolicy { Delays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(200), 4)] };
        ILedger ledger = await Ledgers.OpenAsync(database, new LedgerOptions { Retry = retry }, default);
        TestStore store = await TestStore.StartAsync(options.StoreAsProcess);
        var harness = new ClusterHarness(options, servers, node, vhost, store, ledger, database);
        await harness.DeployAsync();
        await harness.BeginAsync();
        return harness;
    }

    /// <summary>Starts a coordinator as a process of its own, with short leases.</summary>
    public Process StartCoordinator(int leaderLease = 3, Uri? http = null, string? token = null)
    {
        ProcessStartInfo start = folder.Program(
            MoodpipeProcess.Executable, "serve", "--out", folder.File("out"), "--http", http?.OriginalString ?? "http://127.0.0.1:0", "--leader-lease-seconds", $"{leaderLease}",
            "--item-lease-seconds", $"{Math.Min(30, options.Lease.TotalSeconds)}", "--retry-seconds", "0.2,0.2,0.2,0.2");
        foreach ((string name, string value) in new (string, string)[]
        {
            ("BROKER", $"{Broker}"), ("BROKER_USER", RabbitNode.User), ("BROKER_PASSWORD", RabbitNode.Password), ("BROKER_MANAGEMENT", string.Join(',', Broker.Management)),
            ("STORE", $"s3://{TestStore.Bucket}/moodpipe"), ("S3_ENDPOINT", Store.Endpoint.GetLeftPart(UriPartial.Authority)), ("S3_ACCESS_KEY", "test-access"), ("S3_SECRET_KEY", "test-secret"),
            ("LEDGER", ledgerAddress),
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
        await Topology.DeployAsync(Broker, options.Topology, default);
    }

    /// <summary>Starts a worker. Its log of computations is its own, also after a restart.</summary>
    public FakeWorkerProcess StartWorker(string? crash = null, Func<FakeWorkerSettings, FakeWorkerSettings>? change = null)
    {
        string id = $"w{Interlocked.Increment(ref started)}";
        var settings = new FakeWorkerSettings
        {
            WorkerId = id,
            BrokerPorts = [.. Nodes.Select(n => n.Port)],
            Management = [.. Broker.Management.Select(a => a.AbsoluteUri)],
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

            return await IsDoneAsync(JobId);
        }, limit, "the job is done");
    }

    public Task DoneAsync(TimeSpan limit, string job = JobId) => UntilAsync(() => IsDoneAsync(job), limit, $"{job} is done");

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
                throw new TimeoutException($"not within {limit}: {what}; {await DescribeAsync()}\n{string.Join("\n", workers.Select(w => w.Output))}");
            }

            await Task.Delay(200);
        }
    }

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
        if (servers is not null)
        {
            await servers.DisposeAsync();
        }
        else if (options.OwnBroker)
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

    /// <summary>Submits a further job over pictures; those that are new are made.</summary>
    public async Task SubmitAsync(JobRequest request, IReadOnlyList<string>? pictures = null, IReadOnlyList<string>? emotions = null)
    {
        foreach (string picture in pictures ?? [])
        {
            string file = folder.File($"{picture}.bin");
            if (!File.Exists(file))
            {
                await File.WriteAllTextAsync(file, $"picture {picture}");
            }
        }

        await SubmitAsync(request, pictures is null ? Manifest : Lines(pictures, emotions ?? Emotions));
    }

    /// <summary>Submits a manifest as it is.</summary>
    public Task SubmitAsync(JobRequest request, string manifest) =>
        service.Submission.SubmitAsync(request with { SourceBase = folder.Path }, new MemoryStream(Encoding.UTF8.GetBytes(manifest)), default);

    private async Task BeginAsync()
    {
        for (int i = 0; i < options.Pictures; i++)
        {
            byte[] content = options.Files.GetValueOrDefault(i) ?? Encoding.UTF8.GetBytes(options.Contents.GetValueOrDefault(i, $"picture {i}"));
            await ReplacePictureAsync(i, content);
        }

        if (options.OwnCoordinator)
        {
            coordinator = service.RunAsync(stop.Token);
        }

        if (options.Submit)
        {
            await SubmitAsync(new JobRequest { Id = JobId, Window = options.Window });
        }
    }

    /// <summary>Whether a job has ended and its data set is written.</summary>
    public async Task<bool> IsDoneAsync(string job = JobId) => (await Ledger.FindJobAsync(job, default))?.State is JobState.Done or JobState.DoneWithErrors or JobState.Failed
        && File.Exists(folder.File("out", job, "metadata.jsonl"));

    private async Task<string> DescribeAsync()
    {
        var text = new StringBuilder();
        foreach (JobInfo job in await Ledger.JobsAsync(new JobQuery(), default))
        {
            JobProgress progress = await Ledger.ProgressAsync(job.Id, default);
            text.Append($"{job.Id} {job.State}: {string.Join(", ", progress.Items)}; {string.Join(", ", progress.Stages)}\n");
        }

        return text.ToString();
    }

    private static string Lines(IEnumerable<string> pictures, IReadOnlyList<string> emotions) =>
        string.Join("\n", pictures.Select(p => $$"""{"id":"{{p}}","image":"{{p}}.bin","emotions":[{{string.Join(',', emotions.Select(e => $"\"{e}\""))}}]}"""));
}
