using MassTransit;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Messaging;

/// <summary>Sends to the exchange of a queue.</summary>
public static class Sending
{
    /// <summary>Sends a message; returns when the broker has taken it over. Never to <c>queue:</c> addresses: those would make the sender declare the queue again.</summary>
    public static async Task SendToAsync<T>(this ISendEndpointProvider provider, string queue, T message, CancellationToken cancellation)
        where T : class
    {
        ISendEndpoint endpoint = await provider.GetSendEndpoint(QueueNames.Address(queue)).ConfigureAwait(false);
        await endpoint.Send(message, cancellation).ConfigureAwait(false);
    }
}
