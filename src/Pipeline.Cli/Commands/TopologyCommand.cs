using System.CommandLine;
using Pipeline.Cli.Cluster;
using Pipeline.Hosting;
using Pipeline.Hosting.Connections;
using Pipeline.Stages.Messaging;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe topology</c>: queues, bindings and policies of the broker. Both commands may be repeated at any time, also while jobs run.</summary>
internal static class TopologyCommand
{
    private static readonly TopologyOptions Standard = new();

    public static Command Create()
    {
        Command command = new("topology", "Queues and policies of the broker.");
        command.Add(One("deploy", "Declare what is missing and set the policies.", DeployAsync));
        command.Add(One("verify", "Name every difference between the broker and what it should have; exit 3 if there is one.", VerifyAsync));
        return HelpWithExamples.Describe(command, "moodpipe topology deploy --broker amqp://rabbit.example/moodpipe", "moodpipe topology verify --config cluster.yaml");
    }

    private static Command One(string name, string description, Func<BrokerOptions, TopologyOptions, CancellationToken, Task<int>> act)
    {
        ConnectionOptions connections = new ConnectionOptions().Broker();
        Option<int> deliveries = new("--delivery-limit") { Description = "Returns of a message before it is a suspect.", DefaultValueFactory = _ => Standard.DeliveryLimit };
        Option<int> length = new("--max-length") { Description = "Most messages in a work queue.", DefaultValueFactory = _ => Standard.MaxLength };
        Command command = new(name, description) { deliveries, length };
        connections.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            TopologyOptions topology = Standard with { DeliveryLimit = parsed.GetValue(deliveries), MaxLength = parsed.GetValue(length) };
            if (topology.DeliveryLimit is < 1 or > 1000 || topology.MaxLength is < 1 or > 100_000_000)
            {
                throw CommandFailure.Usage("--delivery-limit must lie in 1..1000, --max-length in 1..100000000");
            }

            using DrainSignal signal = new();
            return await act(BrokerOptions.Read(connections.Read(parsed)), topology, signal.Drain).ConfigureAwait(false);
        });
        return HelpWithExamples.Describe(command, $"moodpipe topology {name} --broker amqp://rabbit.example/moodpipe");
    }

    private static async Task<int> DeployAsync(BrokerOptions broker, TopologyOptions topology, CancellationToken cancellation)
    {
        await Topology.DeployAsync(broker, topology, cancellation).ConfigureAwait(false);
        Console.Out.WriteLine($"{broker}: {TopologyPlan.Queues.Count} queues and {new TopologyPlan(topology).Policies.Count} policies are in place");
        return ExitCodes.Done;
    }

    private static async Task<int> VerifyAsync(BrokerOptions broker, TopologyOptions topology, CancellationToken cancellation)
    {
        TopologyReport report = await Topology.VerifyAsync(broker, topology, cancellation).ConfigureAwait(false);
        foreach (string difference in report.Differences)
        {
            Console.Out.WriteLine(difference);
        }

        foreach (string note in report.Unchecked)
        {
            Console.Error.WriteLine($"moodpipe: {note}");
        }

        if (report.IsDeployed)
        {
            Console.Out.WriteLine($"{broker}: no difference");
            return ExitCodes.Done;
        }

        Console.Error.WriteLine($"moodpipe: {broker} has {report.Differences.Count} differences; 'moodpipe topology deploy' declares what is missing");
        return ExitCodes.Environment;
    }
}
