using System.Diagnostics;
using MassTransit;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Hosting.Connections;
using Pipeline.Hosting.Health;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Working;
using Pipeline.Storage;
using Pipeline.Storage.Folder;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Benchmarks;

/// <summary>One, two and four workers with a stage that sleeps: what of the devices' time is lost between broker, store and worker.</summary>
internal static class ScalingBenchmarks
{
    private const int Units = 320;
    private static readonly TimeSpan Sleep = TimeSpan.FromMilliseconds(150);

    public static async Task RunAsync()
    {
        await using RabbitNode node = await RabbitNode.StartAsync();
        Console.WriteLine($"{Units} units of {Sleep.TotalMilliseconds} ms, RabbitMQ, folder store; share of the workers' time in which they compute");
        foreach (int workers in new[] { 1, 2, 4 })
        {
            TimeSpan elapsed = await MeasureAsync(await BusBenchmarks.DeployedAsync(node), workers);
            double ideal = Units * Sleep.TotalSeconds / workers;
            Console.WriteLine($"{workers} workers {elapsed.TotalSeconds,7:F1} s of {ideal,6:F1} s at best: {ideal / elapsed.TotalSeconds:P1}; load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
        }
    }

    private static async Task<TimeSpan> MeasureAsync(BrokerOptions broker, int workers)
    {
        string root = Directory.CreateTempSubdirectory("moodpipe-scaling-").FullName;
        var store = new FolderArtefactStore(new FolderStoreOptions { Root = root, FlushToDisk = false });
        await FillAsync(broker, store);
        var stage = new SleepingStage(Sleep, Units);
        using var drain = new CancellationTokenSource();
        Task[] running = [.. Enumerable.Range(0, workers).Select(i => new WorkerHost(
            new WorkerOptions { WorkerId = $"w{i}", Classes = [WorkClass.Bulk] }, broker,
            new WorkerParts { Stages = [StageRunner.Create(stage)], Store = store, Sources = new FileSourceReader(root) }, new HealthState()).RunAsync(drain.Token, default))];
        TimeSpan elapsed = await stage.Elapsed;
        await drain.CancelAsync();
        await Task.WhenAll(running);
        Directory.Delete(root, recursive: true);
        return elapsed;
    }

    private static async Task FillAsync(BrokerOptions broker, FolderArtefactStore store)
    {
        IBusControl bus = MessageBus.Create(broker, "benchmark");
        await bus.StartAsync();
        string settings = await SettingsStore.WriteAsync(store, new JobDefaults().SettingsOf(new JobLine { Id = "a", Image = "a.png", Emotions = [] }), default);
        for (int i = 0; i < Units; i++)
        {
            BlobRef source = await store.PutBlobAsync(BitConverter.GetBytes(i), "application/octet-stream", default);
            await bus.SendToAsync("moodpipe.score.bulk", new StageWork
            {
                JobId = "scaling", Picture = i, Stage = "score", SettingsDigest = settings, Targets = [new EditTarget { Item = i, Emotion = "joy" }],
                Inputs = new Dictionary<string, InputRef> { ["source"] = InputRef.Stored(source) },
            }, default);
        }

        await bus.StopAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Measures from the first computation's begin to the last one's end.</summary>
    private sealed class SleepingStage(TimeSpan sleep, int units) : IStage<byte[], byte[]>
    {
        private readonly TaskCompletionSource<TimeSpan> elapsed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long start;
        private int ended;

        public Task<TimeSpan> Elapsed => elapsed.Task;

        public string Name => "score";

        public string Implementation => "1";

        public UnitScope Scope => UnitScope.Target;

        public IReadOnlyDictionary<string, string> Models { get; } = new Dictionary<string, string>();

        public TimeSpan BatchWait => TimeSpan.FromMilliseconds(10);

        public UnitKey Key(StageUnit unit) => new() { Reads = ["source"], Params = [] };

        public Task<byte[]> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation) => store.ReadBlobAsync(unit.Input("source"), 100, cancellation);

        public IReadOnlyList<UnitOutcome<byte[]>> Compute(IReadOnlyList<byte[]> batch, CancellationToken cancellation)
        {
            Interlocked.CompareExchange(ref start, Stopwatch.GetTimestamp(), 0);
            Thread.Sleep(sleep * batch.Count);
            if (Interlocked.Add(ref ended, batch.Count) == units)
            {
                elapsed.TrySetResult(Stopwatch.GetElapsedTime(start));
            }

            return [.. batch.Select(b => (UnitOutcome<byte[]>)b)];
        }

        public async Task<UnitOutput> StoreAsync(StageUnit unit, byte[] value, IArtefactStore store, CancellationToken cancellation) =>
            new() { Outputs = new Dictionary<string, BlobRef> { ["text"] = await store.PutBlobAsync(value, "application/octet-stream", cancellation) } };
    }
}
