using System.Text.Json;
using Pipeline.Contracts.Errors;
using Pipeline.Hosting.Connections;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Pipeline.Stages.Messaging;

/// <summary>Puts the plan on a broker, and says where a broker differs from it.</summary>
public static class Topology
{
    private const string Name = "moodpipe topology";

    /// <summary>Declares what is missing and sets the policies; what is there already stays. Does nothing for the transport inside a process.</summary>
    /// <exception cref="BrokerException">The broker cannot be used, has a queue of another kind, or its management API does not take the policies.</exception>
    public static async Task DeployAsync(BrokerOptions options, TopologyOptions topology, CancellationToken cancellation)
    {
        if (options.IsInMemory)
        {
            return;
        }

        await DeclareAsync(options, cancellation).ConfigureAwait(false);
        var plan = new TopologyPlan(topology);
        using var management = new ManagementApi(options);
        if (!await management.IsReachableAsync(cancellation).ConfigureAwait(false))
        {
            string commands = string.Join("\n", plan.Policies.Select(p => "  " + Command(options, p)));
            throw new BrokerException(ErrorCodes.BrokerTopology, $"queues are declared, but the management API {management.Addresses} does not answer user '{options.User}' (broker-management), so the policies are not set. " +
                $"Without them a message that kills its worker comes again forever. Set them on the broker's machine:\n{commands}");
        }

        foreach (BrokerPolicy policy in plan.Policies)
        {
            await management.PutPolicyAsync(policy, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Compares the broker with the plan.</summary>
    /// <exception cref="BrokerException">The broker does not answer or refuses the user.</exception>
    public static async Task<TopologyReport> VerifyAsync(BrokerOptions options, TopologyOptions topology, CancellationToken cancellation)
    {
        if (options.IsInMemory)
        {
            return new TopologyReport([], []);
        }

        using (IConnection connection = await BrokerLink.OpenAsync(options, Name, cancellation).ConfigureAwait(false))
        {
            using var management = new ManagementApi(options);
            if (await management.IsReachableAsync(cancellation).ConfigureAwait(false))
            {
                return new TopologyReport(await TopologyComparison.CompareAsync(management, new TopologyPlan(topology), options.Nodes.Count, cancellation).ConfigureAwait(false), []);
            }

            IReadOnlyList<string> differences = await ProbeAsync(connection, cancellation).ConfigureAwait(false);
            return new TopologyReport(differences, [$"the management API {management.Addresses} does not answer user '{options.User}': kinds of queues, bindings and policies were not compared"]);
        }
    }

    private static async Task DeclareAsync(BrokerOptions options, CancellationToken cancellation)
    {
        using IConnection connection = await BrokerLink.OpenAsync(options, Name, cancellation).ConfigureAwait(false);
        using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellation).ConfigureAwait(false);
        string current = "";
        try
        {
            foreach (string exchange in TopologyPlan.Exchanges)
            {
                current = $"exchange {exchange}";
                await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellation).ConfigureAwait(false);
            }

            foreach (string queue in TopologyPlan.Queues)
            {
                current = $"queue {queue}";
                await channel.QueueDeclareAsync(
                    queue, durable: true, exclusive: false, autoDelete: false, TopologyPlan.Arguments.ToDictionary(), cancellationToken: cancellation).ConfigureAwait(false);
                await channel.QueueBindAsync(queue, queue, "", cancellationToken: cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationInterruptedException e)
        {
            throw new BrokerException(
                ErrorCodes.BrokerTopology, $"{current} of {options} cannot be declared: {e.ShutdownReason?.ReplyText ?? e.Message}. If it exists with other settings, delete it once it is empty and deploy again", e);
        }
    }

    private static async Task<IReadOnlyList<string>> ProbeAsync(IConnection connection, CancellationToken cancellation)
    {
        var differences = new List<string>();
        foreach (string name in TopologyPlan.Exchanges)
        {
            await ProbeAsync(connection, $"exchange {name}", channel => channel.ExchangeDeclarePassiveAsync(name, cancellation), differences, cancellation).ConfigureAwait(false);
        }

        foreach (string name in TopologyPlan.Queues)
        {
            await ProbeAsync(connection, $"queue {name}", channel => channel.QueueDeclarePassiveAsync(name, cancellation), differences, cancellation).ConfigureAwait(false);
        }

        return differences;
    }

    // A failed probe closes its channel.
    private static async Task ProbeAsync(IConnection connection, string what, Func<IChannel, Task> probe, List<string> differences, CancellationToken cancellation)
    {
        using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellation).ConfigureAwait(false);
        try
        {
            await probe(channel).ConfigureAwait(false);
        }
        catch (OperationInterruptedException e)
        {
            differences.Add(e.ShutdownReason?.ReplyCode == 404 ? $"{what} is missing" : $"{what}: {e.ShutdownReason?.ReplyText ?? e.Message}");
        }
    }

    private static string Command(BrokerOptions options, BrokerPolicy policy) =>
        $"rabbitmqctl set_policy -p '{options.VirtualHost}' --priority {policy.Priority} --apply-to queues {policy.Name} '{policy.Pattern}' '{JsonSerializer.Serialize(policy.Definition)}'";
}
