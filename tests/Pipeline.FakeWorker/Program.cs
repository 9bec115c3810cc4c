using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Errors;
using Pipeline.FakeWorker;
using Pipeline.Hosting;
using Pipeline.Hosting.Connections;
using Pipeline.Hosting.Health;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Stages.Working;
using Pipeline.Storage;
using Pipeline.Storage.S3;

// The worker of the product over stages that only sleep. Argument: a file of FakeWorkerSettings. Exit codes as the real one: 0 drained, 3 unfit, 5 device lost, 6 broker unreachable.
FakeWorkerSettings settings = FakeWorkerSettings.Load(args[0]);
CrashPlan plan = CrashPlan.FromEnvironment();
var storeOptions = new StoreOptions
{
    S3 = new S3Access { ServiceUrl = settings.S3Endpoint is { } url ? new Uri(url) : null, AccessKey = settings.AccessKey, SecretKey = settings.SecretKey },
    FlushToDisk = false,
};
var store = new CrashingStore(ArtefactStores.Open(settings.Store, storeOptions), plan, TimeSpan.FromMilliseconds(settings.StoreMs));
using var sources = new SourceReader(new SourceOptions { Roots = [settings.Sources], Store = storeOptions });
TimeSpan sleep = TimeSpan.FromMilliseconds(settings.ComputeMs);
List<FakeStage> stages = [.. new FakeStages().All.Where(s => settings.Stages.Contains(s.Name))];
stages.ForEach(s => s.IsForgetful = settings.Forgetful);
var broker = new BrokerOptions
{
    Nodes = [.. settings.BrokerPorts.Select(port => new BrokerNode("127.0.0.1", port))], VirtualHost = settings.VirtualHost, User = settings.User, Password = settings.Password,
    Management = [.. settings.Management.Select(address => new Uri(address))], Heartbeat = TimeSpan.FromSeconds(settings.HeartbeatSeconds), ConnectTimeout = TimeSpan.FromMinutes(1),
};
await using ReleaseSender? release = settings.Release is null ? null : await ReleaseSender.ConnectAsync(broker, settings.Release);
var parts = new WorkerParts
{
    Stages = [.. stages.Select(s => StageRunner.Create(new SleepingStage(s, sleep, plan, settings.ComputeLog, settings.Decode)))],
    Store = store,
    Sources = sources,
    Outbox = bus => new CrashingOutbox(release is null ? new BusOutbox(bus) : new ReleaseOutbox(release), plan),
};
var options = new WorkerOptions
{
    WorkerId = settings.WorkerId, DrainLimit = TimeSpan.FromSeconds(settings.DrainSeconds), BeatInterval = TimeSpan.FromSeconds(settings.BeatSeconds), RecoveryDelay = TimeSpan.FromSeconds(1),
};
using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Information));
MassTransit.LogContext.ConfigureCurrentLogContext(loggers);
var health = new HealthState();
HealthServer? server = settings.HealthPort == 0 ? null : await HealthServer.StartAsync($"http://127.0.0.1:{settings.HealthPort}", health);
using DrainSignal signal = new();
try
{
    WorkerEnd end = await new WorkerHost(options, broker, parts, health, loggers).RunAsync(signal.Drain, signal.Stop);
    return end switch { WorkerEnd.Drained => 0, WorkerEnd.Unfit => 3, WorkerEnd.DeviceLost => 5, _ => 130 };
}
catch (PipelineException e)
{
    Console.Error.WriteLine(e.Message);
    return e.Code == ErrorCodes.BrokerUnreachable ? 6 : 3;
}
finally
{
    if (server is not null)
    {
        await server.DisposeAsync();
    }
}
