using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Errors;
using Pipeline.Coordinator;
using Pipeline.Coordinator.Http;
using Pipeline.Coordinator.Transport;
using Pipeline.Hosting;
using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Sources;
using Pipeline.Storage;

namespace Pipeline.Cli.Cluster;

/// <summary>One <c>moodpipe serve</c>: checks broker, store and ledger, answers over HTTP, leads or stands by until it is told to end.</summary>
internal sealed class ServeSession(ServeRequest request)
{
    /// <summary>Runs until a signal; returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        try
        {
            return await ServeAsync().ConfigureAwait(false);
        }
        catch (PipelineException e)
        {
            throw CommandFailure.Environment($"{e.Message} [{e.Code}]");
        }
    }

    private async Task<int> ServeAsync()
    {
        SettingsSource settings = request.Settings;
        var broker = BrokerOptions.Read(settings);
        if (broker.IsInMemory)
        {
            throw CommandFailure.Usage("a coordinator and its workers are processes of their own: --broker memory cannot join them (moodpipe run needs no broker)");
        }

        using Telemetry telemetry = Telemetry.Start("moodpipe-serve");
        using ILoggerFactory loggers = ConsoleLog.Create();
        using DrainSignal signal = new(() => Console.Error.WriteLine("moodpipe: ending; what is under way goes on in the workers"));
        IArtefactStore store = Connections.Store(settings);
        using var _ = store as IDisposable;
        var retry = new RetryPolicy();
        ILedger ledger = await Connections.LedgerAsync(settings, request.RetryDelays is { } delays ? retry with { Delays = delays } : retry, signal.Drain).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            await RequireTopologyAsync(broker, signal.Drain).ConfigureAwait(false);
            var options = new CoordinatorOptions
            {
                OutputRoot = request.Output.Contains("://", StringComparison.Ordinal) ? request.Output : Path.GetFullPath(request.Output),
                OutputStore = Connections.StoreOptions(settings, "OUTPUT"),
                Sources = new SourceOptions { Roots = request.SourceRoots, Store = Connections.StoreOptions(settings, "SOURCE") },
                ItemLease = request.ItemLease,
                LeaderLease = request.LeaderLease,
                Window = request.Window,
            };
            StoreAddress.Parse(options.OutputRoot);
            var service = new CoordinatorService(ledger, store, BrokerBus.Of(broker, options, loggers.CreateLogger("Moodpipe.Bus")), options, loggers);
            var api = new ServerOptions { Listen = request.Http, Token = ReadToken(), PricePerHour = request.PricePerHour };
            CoordinatorServer server = await CoordinatorServer.StartAsync(service, api, loggers, signal.Drain).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                Console.Out.WriteLine($"serves {server.Address.GetLeftPart(UriPartial.Authority)}, broker {broker}, data sets in {options.OutputRoot}");
                await Console.Out.FlushAsync().ConfigureAwait(false);
                await service.RunAsync(signal.Drain).ConfigureAwait(false);
            }
        }

        return ExitCodes.Done;
    }

    // A message to a queue that is missing fails; one to a queue without its policy may come again for ever.
    private async Task RequireTopologyAsync(BrokerOptions broker, CancellationToken cancellation)
    {
        if (request.DeployTopology)
        {
            await Topology.DeployAsync(broker, new TopologyOptions(), cancellation).ConfigureAwait(false);
            return;
        }

        TopologyReport report = await Topology.VerifyAsync(broker, new TopologyOptions(), cancellation).ConfigureAwait(false);
        string[] missing = [.. report.Differences.Where(d => d.Contains("missing", StringComparison.Ordinal))];
        foreach (string note in report.Differences.Except(missing).Concat(report.Unchecked))
        {
            Console.Error.WriteLine($"moodpipe: warning: {note}");
        }

        if (missing.Length > 0)
        {
            throw CommandFailure.Environment($"{broker}: {missing[0]}{(missing.Length > 1 ? $" and {missing.Length - 1} more" : "")}; run 'moodpipe topology deploy', or serve with --deploy-topology");
        }
    }

    private string? ReadToken() => Environment.GetEnvironmentVariable("MOODPIPE_TOKEN") is { Length: > 0 } token ? token
        : request.TokenFile is { } path ? TokenFiles.Read(path) : request.Settings.FindSecret("token");
}
