using MassTransit;
using MassTransit.Middleware;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Messaging;

/// <summary>Rules that every receiving endpoint keeps.</summary>
public static class EndpointRules
{
    private const int SendTries = 6;

    /// <summary>
    /// Work is addressed to queues, so nothing is bound to types of messages. A message that cannot be read, is too large or fails a check goes to the endpoint's queue of errors, one of an
    /// unknown type to its queue of skipped ones, and none of them disturbs its neighbours.
    /// </summary>
    public static void Apply<T>(this IReceiveEndpointConfigurator endpoint, Func<T, string?> problem)
        where T : class
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.SetQuorumQueue();
            endpoint.ConfigureError(error =>
            {
                error.UseFilter(new RequeueFilter());
                error.UseFilter(new GenerateFaultFilter()); // marks the message as failed, or it would count as skipped too
                error.UseFilter(new ErrorTransportFilter());
            });
        }

        // Outcomes that could not be sent: what is stored is found again, so the whole message is simply handled once more.
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<Exception>(RequeueFilter.IsTransport);
            retry.Exponential(SendTries, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
        });
        endpoint.UseFilter(new CheckFilter<T>(problem));
    }

    /// <summary>A queue of this process alone that hears the orders to all; it goes with the process.</summary>
    public static void ListenToOrders(this IReceiveEndpointConfigurator endpoint)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            (rabbit.Durable, rabbit.AutoDelete) = (false, true);
            rabbit.Bind(QueueNames.Control, exchange =>
            {
                (exchange.Durable, exchange.AutoDelete) = (true, false);
                exchange.ExchangeType = "fanout";
            });
        }
        else if (endpoint is IInMemoryReceiveEndpointConfigurator memory)
        {
            memory.Bind(QueueNames.Control);
        }
    }
}
