using MassTransit;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Core;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Planning;

namespace Pipeline.Stages.Working;

/// <summary>Sends a worker's signs of life until stopped. They renew the leases of what it has in hand.</summary>
internal sealed class BeatSender(IBusControl bus, WorkerOptions options, IReadOnlyList<IStage> stages, InHandList inHand, ComputeThread compute, ILogger logger)
{
    // With about 60 bytes an item the message stays below its limit.
    private const int MaxItems = 150;
    private readonly Dictionary<string, string> models = stages.SelectMany(s => s.Models).DistinctBy(m => m.Key).ToDictionary(m => m.Key, m => m.Value);

    private readonly Dictionary<string, StageProfile> profiles = StageKeys.Profiles(stages);

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.BeatInterval, options.Time);
        try
        {
            do
            {
                await BeatAsync(stop).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task BeatAsync(CancellationToken stop)
    {
        // While the broker is away a beat is worth nothing later.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.BeatInterval);
        try
        {
            IReadOnlyList<ItemInHand> items = inHand.Items;
            foreach (ItemInHand[] part in items.Count == 0 ? [[]] : items.Chunk(MaxItems))
            {
                var beat = new WorkerBeat
                {
                    WorkerId = options.WorkerId, Stages = [.. stages.Select(s => s.Name)], Device = options.Device, ModelDigests = models, Profiles = profiles, Busy = compute.IsBusy, InHand = part,
                };
                await bus.SendToAsync(QueueNames.Beats, beat, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            WorkerLog.BeatFailed(logger, e.Message);
        }
    }
}
