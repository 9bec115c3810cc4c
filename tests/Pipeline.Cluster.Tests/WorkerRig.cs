using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Hosting.Connections;
using Pipeline.Hosting.Health;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Working;
using Pipeline.Storage;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Cluster.Tests;

/// <summary>One worker in this process, on a real broker, with a stage of the test's own; messages are sent to it directly.</summary>
internal sealed class WorkerRig : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly VirtualHost host;
    private readonly FolderArtefactStore store;
    private readonly IBusControl sender;
    private readonly CancellationTokenSource drain = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Lines lines = new();
    private readonly LoggerFactory loggers;
    private long pictures;

    private WorkerRig(VirtualHost host)
    {
        this.host = host;
        store = new FolderArtefactStore(new FolderStoreOptions { Root = folder.Path, FlushToDisk = false });
        sender = MessageBus.Create(host.Options, "test");
        loggers = new LoggerFactory([lines]);
    }

    public HealthState Health { get; } = new();

    public VirtualHost Host => host;

    public BrokerOptions Broker => host.Options;

    /// <summary>How long the worker waits for its topology.</summary>
    public TimeSpan TopologyLimit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the worker may drain.</summary>
    public TimeSpan DrainLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What the worker has logged so far.</summary>
    public IEnumerable<string> Log => lines.Written;

    public static async Task<WorkerRig> StartAsync(string name)
    {
        var rig = new WorkerRig(await VirtualHost.CreateAsync(name));
        await rig.sender.StartAsync();
        return rig;
    }

    /// <summary>Runs a worker of a stage until it ends.</summary>
    public Task<WorkerEnd> RunAsync(IStage<string, string> stage, Action? warmUp = null)
    {
        var options = new WorkerOptions
        {
            WorkerId = "rig", Classes = [WorkClass.Express, WorkClass.Bulk], BeatInterval = TimeSpan.FromSeconds(1), DrainLimit = DrainLimit, RecoveryDelay = TimeSpan.FromMilliseconds(200),
            TopologyLimit = TopologyLimit,
        };
        var parts = new WorkerParts { Stages = [StageRunner.Create(stage)], Store = store, Sources = new FileSourceReader(folder.Path), WarmUp = warmUp };
        return new WorkerHost(options, host.Options, parts, Health, loggers).RunAsync(drain.Token, stop.Token);
    }

    public void Drain() => drain.Cancel();

    public Task OrderAsync(JobControl control) => sender.SendToAsync(QueueNames.Control, control, default);

    /// <summary>Sends work of one edit to the score stage; its source says <paramref name="text"/>.</summary>
    public async Task SendAsync(string text, WorkClass workClass = WorkClass.Bulk, bool? alone = null)
    {
        string settings = await SettingsStore.WriteAsync(store, new JobDefaults().SettingsOf(new JobLine { Id = "a", Image = "a.png", Emotions = [] }), default);
        BlobRef source = await store.PutBlobAsync(Encoding.UTF8.GetBytes(text), "text/plain", default);
        long number = Interlocked.Increment(ref pictures);
        await sender.SendToAsync(QueueNames.Work("score", workClass), new StageWork
        {
            JobId = "job", Picture = number, Stage = "score", Class = workClass, SettingsDigest = settings, Alone = alone,
            Targets = [new EditTarget { Item = number, Emotion = "joy" }], Inputs = new Dictionary<string, InputRef> { ["source"] = InputRef.Stored(source) },
        }, default);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await sender.StopAsync(TimeSpan.FromSeconds(10));
        await host.DisposeAsync();
        folder.Dispose();
        loggers.Dispose();
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Enqueue(formatter(state, exception));
    }
}
