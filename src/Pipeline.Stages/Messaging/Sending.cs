using System.Threading.Channels;
using MassTransit;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Messaging;

/// <summary>Sends to the exchange of a queue.</summary>
public static class Sending
{
    /// <summary>
    /// How long a send waits for the broker to take the message over. A broker that lost its exchanges in the middle may never answer, and whoever waits for it would hold up everything else;
    /// sending again is harmless.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Sends a message; returns when the broker has taken it over. Never to <c>queue:</c> addresses: those would make the sender declare the queue again.</summary>
    /// <param name="provider">The bus.</param>
    /// <param name="queue">Name of the queue.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="time">Clock of the wait; the system's by default.</param>
    /// <exception cref="TransportException">The broker did not take it within <see cref="Patience"/>, or the connection ended meanwhile; it may have it all the same.</exception>
    public static async Task SendToAsync<T>(this ISendEndpointProvider provider, string queue, T message, CancellationToken cancellation, TimeProvider? time = null)
        where T : class
    {
        Uri address = QueueNames.Address(queue);
        using var limit = new CancellationTokenSource(Patience, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            ISendEndpoint endpoint = await provider.GetSendEndpoint(address).WaitAsync(either.Token).ConfigureAwait(false);
            await endpoint.Send(message, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TransportException(address, $"the broker did not take a {typeof(T).Name} for {queue} within {Patience.TotalSeconds:F0} s");
        }
        catch (Exception e) when (e is ObjectDisposedException or ChannelClosedException or IOException)
        {
            // What a send meets that has begun on a connection while it goes.
            throw new TransportException(address, $"the connection ended while a {typeof(T).Name} was sent to {queue}: {e.Message}", e);
        }
    }
}
