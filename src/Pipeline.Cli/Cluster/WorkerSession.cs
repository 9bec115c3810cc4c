using Microsoft.Extensions.Logging;
using Pipeline.Cli.Doctor;
using Pipeline.Hosting;
using Pipeline.Hosting.Connections;
using Pipeline.Hosting.Health;
using Pipeline.Imaging;
using Pipeline.Models;
using Pipeline.Stages.Core;
using Pipeline.Stages.Modelling;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Working;
using Pipeline.Storage;
using Pipeline.Storage.S3;

namespace Pipeline.Cli.Cluster;

/// <summary>One <c>moodpipe worker</c>: puts the worker together, lets it work until it is told to end, and says how it ended.</summary>
internal sealed class WorkerSession(WorkerRequest request)
{
    /// <summary>Shortest side of a source, pixels; the same as of <c>moodpipe run</c>, or the two would treat a picture differently.</summary>
    private const int SmallestSide = 16;

    /// <summary>Works until a signal or an order; returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        BrokerOptions broker = BrokerOptions.Read(request.Settings);
        if (broker.IsInMemory)
        {
            throw CommandFailure.Usage("a worker needs a broker that others reach as well; 'memory' is for one process (moodpipe run)");
        }

        IArtefactStore store = ArtefactStores.Open(request.Settings.Require("store", "s3://bucket/prefix or a folder"), new StoreOptions { S3 = StoreAccess(request.Settings) });
        TorchSharp.torch.set_num_threads(request.Threads);
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging
            .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ssZ ")).AddFilter("MassTransit", LogLevel.Error));
        MassTransit.LogContext.ConfigureCurrentLogContext(loggers);
        foreach (string warning in EngineProbe.Run().Warnings)
        {
            Console.Error.WriteLine("moodpipe: warning: " + warning);
        }

        using Telemetry telemetry = Telemetry.Start("moodpipe-worker");
        using DrainSignal signal = new(() => Console.Error.WriteLine("moodpipe: finishing what is in hand; a second signal stops at once"));
        using SourceReader sources = new(new SourceOptions { Roots = request.SourceRoots, Store = new StoreOptions { S3 = S3Access.FromEnvironment("SOURCE") } });
        var health = new HealthState();
        HealthServer? probes = request.Health is null ? null : await HealthServer.StartAsync(request.Health, health).ConfigureAwait(false);
        try
        {
            StageCatalog catalog = OpenModels();
            var parts = new WorkerParts { Stages = Stages(catalog), Store = store, Sources = sources, WarmUp = () => catalog.WarmUp(request.Stages) };
            WorkerEnd end = await new WorkerHost(Options(), broker, parts, health, loggers).RunAsync(signal.Drain, signal.Stop).ConfigureAwait(false);
            if (end == WorkerEnd.Drained)
            {
                // After any other end the compute thread may still hold the models.
                catalog.Dispose();
            }

            return Code(end);
        }
        finally
        {
            if (probes is not null)
            {
                await probes.DisposeAsync().ConfigureAwait(false);
            }

            (store as IDisposable)?.Dispose();
        }
    }

    /// <summary>How the store of artefacts is reached.</summary>
    public static S3Access StoreAccess(SettingsSource settings) => S3Access.FromEnvironment(read: name => name switch
    {
        "MOODPIPE_S3_ENDPOINT" => settings.Find("s3-endpoint"),
        "MOODPIPE_S3_REGION" => settings.Find("s3-region"),
        "MOODPIPE_S3_PATH_STYLE" => settings.Find("s3-path-style"),
        "MOODPIPE_S3_ACCESS_KEY" => settings.FindSecret("s3-access-key"),
        "MOODPIPE_S3_SECRET_KEY" => settings.FindSecret("s3-secret-key"),
        _ => null,
    });

    private static int Code(WorkerEnd end) => end switch
    {
        WorkerEnd.Drained => ExitCodes.Done,
        WorkerEnd.Unfit => ExitCodes.Environment,
        WorkerEnd.DeviceLost => ExitCodes.DeviceLost,
        _ => ExitCodes.Interrupted,
    };

    private StageRunner[] Stages(StageCatalog catalog)
    {
        IReadOnlyList<StageRunner> all = catalog.Stages();
        return [.. request.Stages.Select(name => all.FirstOrDefault(s => s.Stage.Name == name)
            ?? throw CommandFailure.Environment($"stage {name} needs a model that {Path.GetFullPath(request.Models)} does not have"))];
    }

    private StageCatalog OpenModels()
    {
        try
        {
            return new StageCatalog(new StageCatalogOptions
            {
                Models = request.Models, Device = request.Device, DigestCache = request.DigestCache, Limits = DecodeLimits.Default with { MinSide = SmallestSide },
            });
        }
        catch (ModelFormatException e)
        {
            throw CommandFailure.Environment(e.Message);
        }
    }

    private WorkerOptions Options()
    {
        var options = new WorkerOptions { Classes = request.Classes, BatchesInHand = request.BatchesInHand, DrainLimit = request.Drain, Device = $"{request.Device}" };
        return request.Name is null ? options : options with { WorkerId = request.Name };
    }
}
