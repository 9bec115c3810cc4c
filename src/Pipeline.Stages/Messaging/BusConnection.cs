using MassTransit;
using RabbitMQ.Client;

namespace Pipeline.Stages.Messaging;

/// <summary>The connection that a bus has now, seen by its receiving endpoints; a bus without endpoints shows none.</summary>
internal sealed class BusConnection : IEndpointConfigurationObserver
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);
    private const ushort ConnectionForced = 320;
    private volatile IConnection? current;

    /// <summary>The connection; another object after every reconnect. Null before the first.</summary>
    public IConnection? Current => current;

    /// <inheritdoc />
    public void EndpointConfigured<T>(T configurator)
        where T : IReceiveEndpointConfigurator
    {
        if (configurator is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.ConfigureChannel(channel => channel.UseExecute(context => current = context.ConnectionContext.Connection));
        }
    }

    /// <summary>Closes it; the bus opens another by itself, and what was in hand on the old one comes again.</summary>
    public Task CloseAsync(string reason) => current?.CloseAsync(ConnectionForced, reason, CloseLimit, abort: true) ?? Task.CompletedTask;
}
