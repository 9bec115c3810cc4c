using System.Diagnostics;
using Pipeline.FakeWorker;
using Pipeline.TestS3.Faults;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>Lets a schedule of faults loose on a cluster while somebody keeps workers and coordinators running, as an orchestrator does.</summary>
internal sealed class ChanceFaultRun(ClusterHarness cluster, Action<string> tell) : IAsyncDisposable
{
    private const int Crew = 3;
    private const int Coordinators = 2;
    // For each of its queues three batches: what a worker has in hand.
    private const int InHand = 3 * 21;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);
    private readonly FakeWorkerProcess?[] crew = new FakeWorkerProcess?[Crew];
    private readonly Process?[] coordinators = new Process?[Coordinators];
    private readonly List<Process> allCoordinators = [];
    private readonly CancellationTokenSource stop = new();
    private string? crash;
    private Task supervision = Task.CompletedTask;

    /// <summary>Most units that a fault may cause to be computed again.</summary>
    public static long MostExtra(ChanceFault fault) => fault.Kind switch
    {
        ChanceFaultKind.KillWorker or ChanceFaultKind.FreezeWorker or ChanceFaultKind.EndWorker => InHand,
        ChanceFaultKind.CrashPoint => 2 * InHand, // the one that makes room, and the one that dies
        ChanceFaultKind.StopBroker or ChanceFaultKind.KillBroker or ChanceFaultKind.WipeBroker => Crew * InHand,
        ChanceFaultKind.KillStore or ChanceFaultKind.DisturbStore => InHand,
        ChanceFaultKind.FlipBit => 4,
        _ => 0,
    };

    /// <summary>Runs the faults, each at its share of the work, and waits for the job.</summary>
    public async Task RunAsync(IReadOnlyList<ChanceFault> schedule)
    {
        supervision = SuperviseAsync();
        bool done = false;
        foreach (ChanceFault fault in schedule)
        {
            await UntilAsync(async () => cluster.Computed.Ended >= fault.At * cluster.Units || (done = await cluster.IsDoneAsync()), $"{fault.At:P0} is computed");
            Assert.False(done, $"the job was done before {fault}");
            tell($"{DateTime.UtcNow:HH:mm:ss} {fault} after {cluster.Computed.Ended} units");
            await StrikeAsync(fault);
        }

        await UntilAsync(() => cluster.IsDoneAsync(), "the job is done");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await supervision.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        allCoordinators.ForEach(c => c.Dispose());
        stop.Dispose();
    }

    // Nothing comes of a cluster that nobody keeps running.
    private Task UntilAsync(Func<Task<bool>> condition, string what) => cluster.UntilAsync(
        async () =>
        {
            if (supervision.IsFaulted)
            {
                await supervision;
            }

            return await condition();
        },
        Limit, what);

    private async Task SuperviseAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            for (int i = 0; i < Coordinators; i++)
            {
                if (coordinators[i] is null or { HasExited: true })
                {
                    // Disposed at the end only: a fault may be about to strike it.
                    allCoordinators.Add(coordinators[i] = cluster.StartCoordinator());
                }
            }

            for (int i = 0; i < Crew; i++)
            {
                if (crew[i] is null or { HasEnded: true })
                {
                    crew[i] = cluster.StartWorker(Interlocked.Exchange(ref crash, null));
                }
            }

            await Task.Delay(TimeSpan.FromSeconds(1), stop.Token);
        }
    }

    private async Task StrikeAsync(ChanceFault fault)
    {
        FakeWorkerProcess worker = crew[fault.Choice % Crew]!;
        TimeSpan pause = TimeSpan.FromSeconds(1 + (fault.Choice / 16 % 8));
        switch (fault.Kind)
        {
            case ChanceFaultKind.KillWorker:
                ProcessSignal.Kill(worker.Id);
                break;
            case ChanceFaultKind.CrashPoint:
                crash = $"{CrashPlan.Points[fault.Choice / 64 % CrashPlan.Points.Count]}:{1 + (fault.Choice % 4)}";
                ProcessSignal.Kill(worker.Id);
                break;
            case ChanceFaultKind.EndWorker:
                ProcessSignal.Terminate(worker.Id);
                break;
            case ChanceFaultKind.FreezeWorker:
                ProcessSignal.Freeze(worker.Id);
                await Task.Delay(pause * 3);
                ProcessSignal.Thaw(worker.Id);
                break;
            case ChanceFaultKind.KillCoordinator:
                ProcessSignal.Kill(coordinators[fault.Choice % Coordinators]!.Id);
                break;
            case ChanceFaultKind.StopBroker or ChanceFaultKind.KillBroker or ChanceFaultKind.WipeBroker:
                await RestartBrokerAsync(fault.Kind, pause);
                break;
            case ChanceFaultKind.DisturbStore:
                await cluster.Store.OrderAsync(new Fault { Action = (fault.Choice % 3) switch { 0 => FaultAction.SlowDown, 1 => FaultAction.Drop, _ => FaultAction.AcceptThenFail }, Count = 10, Bytes = 40 });
                break;
            case ChanceFaultKind.KillStore:
                cluster.Store.Kill();
                await Task.Delay(pause);
                await cluster.Store.StartAgainAsync();
                break;
            case ChanceFaultKind.FlipBit:
                await FlipAsync(fault.Choice);
                break;
        }
    }

    private async Task RestartBrokerAsync(ChanceFaultKind kind, TimeSpan pause)
    {
        await (kind == ChanceFaultKind.StopBroker ? cluster.Node.StopAsync() : cluster.Node.KillAsync());
        if (kind == ChanceFaultKind.WipeBroker)
        {
            cluster.Node.Wipe();
        }

        await Task.Delay(pause);
        await cluster.Node.StartAsync();
        if (kind == ChanceFaultKind.WipeBroker)
        {
            await cluster.DeployAsync();
        }
    }

    // The inversion of some picture: whether somebody still needs it is chance as well.
    private async Task FlipAsync(int choice)
    {
        IReadOnlyList<string> trajectories = await cluster.OutputsAsync("invert", "trajectory");
        for (int i = 0; i < trajectories.Count; i++)
        {
            string digest = trajectories[(choice + i) % trajectories.Count];
            // A worker that met the bit of an earlier flip may have thrown this one away just now.
            if (cluster.Store.TryFlipBit($"moodpipe/blob/sha256/{digest[..2]}/{digest}"))
            {
                return;
            }
        }
    }
}
