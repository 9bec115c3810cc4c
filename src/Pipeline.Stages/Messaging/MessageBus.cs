using System.Security.Cryptography;
using MassTransit;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Hosting.Connections;

namespace Pipeline.Stages.Messaging;

/// <summary>Builds buses: one set of rules for senders and receivers on every transport.</summary>
public static class MessageBus
{
    // MassTransit reports statistics about its use to its makers unless this is set; nothing of ours may leave the machine.
    static MessageBus() => Environment.SetEnvironmentVariable("MASSTRANSIT_USAGE_TELEMETRY", "false");

    /// <summary>
    /// A bus on the chosen transport; start it, and stop it at the end. Sends of work and outcomes are durable and confirmed by the broker, fail when no queue takes them,
    /// and are refused above <see cref="BrokerOptions.MaxMessageBytes"/>.
    /// </summary>
    /// <param name="options">The broker.</param>
    /// <param name="name">Name of the connection on the broker, for people.</param>
    /// <param name="configure">Adds endpoints.</param>
    public static IBusControl Create(BrokerOptions options, string name, Action<IBusFactoryConfigurator>? configure = null)
    {
        if (options.IsInMemory)
        {
            return Bus.Factory.CreateUsingInMemory(memory => Configure(memory, configure));
        }

        var connection = new BusConnection();
        IBusControl bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.ConnectEndpointConfigurationObserver(connection);
            rabbit.Host(options.Nodes[0].Host, (ushort)options.Nodes[0].Port, options.VirtualHost, name, host => Connect(host, options));
            Configure(rabbit, configure);
        });
        bus.ConnectSendObserver(new RefusedSends(() => connection.Current, connection.CloseAsync, TimeProvider.System));
        return bus;
    }

    private static void Connect(IRabbitMqHostConfigurator host, BrokerOptions options)
    {
        host.Username(options.User);
        host.Password(options.Password);
        host.Heartbeat(options.Heartbeat);
        host.RequestedConnectionTimeout(options.ConnectTimeout);
        host.PublisherConfirmation = true;
        host.MaxMessageSize(BrokerOptions.MaxTransferBytes);
        if (options.Nodes.Count > 1)
        {
            host.UseCluster(cluster =>
            {
                // From any node on, so that processes spread over them.
                int first = RandomNumberGenerator.GetInt32(options.Nodes.Count);
                foreach (BrokerNode node in options.Nodes.Skip(first).Concat(options.Nodes.Take(first)))
                {
                    cluster.Node(node.Address);
                }
            });
        }

        if (options.Tls is { } tls)
        {
            host.UseSsl(ssl =>
            {
                ssl.ServerName = tls.ServerNames[0];
                ssl.Certificate = tls.Certificate;
                ssl.Protocol = System.Security.Authentication.SslProtocols.None; // the system's choice
                ssl.CertificateValidationCallback = (_, certificate, chain, errors) => tls.Accepts(certificate, chain, errors);
            });
        }
    }

    private static void Configure(IBusFactoryConfigurator bus, Action<IBusFactoryConfigurator>? configure)
    {
        bus.ConfigureSend(send =>
        {
            send.UseSendExecute<StageWork>(context => Guard(context, mandatory: true));
            send.UseSendExecute<StageResult>(context => Guard(context, mandatory: true));
            // Orders reach whoever listens, and signs of life do not outlive their moment.
            send.UseSendExecute<JobControl>(context => Guard(context, mandatory: false));
            send.UseSendExecute<WorkerBeat>(context => Guard(context, mandatory: false));
        });
        configure?.Invoke(bus);
    }

    private static void Guard<T>(SendContext<T> context, bool mandatory)
        where T : class
    {
        int size = ContractJson.Serialize(context.Message).Length;
        if (size > BrokerOptions.MaxMessageBytes)
        {
            throw new UnusableMessageException($"a {typeof(T).Name} of {size} bytes is not sent: {BrokerOptions.MaxMessageBytes} are allowed, because messages carry keys and never content");
        }

        context.Durable = mandatory;
        if (mandatory && context is RabbitMqSendContext rabbit)
        {
            // An exchange without a queue would swallow the message without a word.
            rabbit.Mandatory = true;
        }
    }
}
