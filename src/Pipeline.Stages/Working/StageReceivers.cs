using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Consuming;

namespace Pipeline.Stages.Working;

/// <summary>The endpoints of a worker's stages: connected while it takes work, and only then.</summary>
internal sealed class StageReceivers(IBusControl bus, IReadOnlyList<(StageHandler Handler, WorkClass Class)> handlers, WorkerOptions options, WorkFlow flow, CancellationToken stop)
{
    private readonly List<HostReceiveEndpointHandle> handles = [];

    public bool IsConnected => handles.Count > 0;

    /// <summary>Takes work from now on.</summary>
    public async Task ConnectAsync()
    {
        if (IsConnected)
        {
            return;
        }

        flow.Open();
        foreach ((StageHandler handler, WorkClass workClass) in handlers)
        {
            handles.Add(bus.ConnectReceiveEndpoint(
                QueueNames.Work(handler.Stage.Name, workClass), endpoint => endpoint.TakeStage(handler, options.BatchesInHand, () => new StageConsumer(handler, stop, flow))));
        }

        foreach (HostReceiveEndpointHandle handle in handles)
        {
            await handle.Ready.WaitAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Takes nothing more, and waits for what has begun.</summary>
    public async Task DisconnectAsync(TimeSpan limit)
    {
        using var end = new CancellationTokenSource(limit, options.Time);
        try
        {
            await Task.WhenAll(handles.Select(h => h.StopAsync(end.Token))).WaitAsync(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // What has not ended by now goes back when the connection closes.
        }

        handles.Clear();
    }
}
