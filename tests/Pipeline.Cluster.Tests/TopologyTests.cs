using System.Net;
using System.Net.Sockets;
using Pipeline.Contracts.Errors;
using Pipeline.Hosting.Connections;
using Pipeline.Stages.Messaging;
using Pipeline.TestKit;
using Pipeline.TestServers.Processes;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>Deployment of queues and policies, and the comparison that names each difference.</summary>
public sealed class TopologyTests
{
    private static readonly TopologyOptions Standard = new();

    [Fact]
    public async Task A_fresh_broker_lacks_everything_and_a_deployed_one_nothing()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("fresh", deploy: false);
        TopologyReport before = await Topology.VerifyAsync(host.Options, Standard, default);
        Assert.Contains("queue moodpipe.edit.bulk is missing", before.Differences);
        Assert.Contains("exchange moodpipe.control is missing", before.Differences);
        Assert.Contains("policy moodpipe-work is missing", before.Differences);
        await Topology.DeployAsync(host.Options, Standard, default);
        await Topology.DeployAsync(host.Options, Standard, default); // again, as an upgrade does
        TopologyReport after = await Topology.VerifyAsync(host.Options, Standard, default);
        Assert.Empty(after.Differences);
        Assert.Empty(after.Unchecked);
    }

    [Fact]
    public async Task Every_kind_of_difference_is_named()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("drifted");
        RabbitManagement management = host.Node.Management;
        await management.DeleteAsync($"queues/{host.Name}/moodpipe.edit.bulk");
        await management.SetAsync($"queues/{host.Name}/moodpipe.edit.bulk", new { durable = true });
        await management.DeleteAsync($"queues/{host.Name}/moodpipe.dead");
        await management.DeleteAsync($"exchanges/{host.Name}/moodpipe.control");
        await management.SetAsync($"exchanges/{host.Name}/moodpipe.control", new { type = "topic", durable = true });
        await management.SetAsync($"policies/{host.Name}/theirs", new Dictionary<string, object>
        {
            ["pattern"] = "score", ["priority"] = 99, ["apply-to"] = "queues", ["definition"] = new Dictionary<string, object> { ["max-length"] = 1 },
        });
        IReadOnlyList<string> found = (await Topology.VerifyAsync(host.Options, Standard with { DeliveryLimit = 7 }, default)).Differences;
        Assert.Contains("queue moodpipe.edit.bulk is of type classic, not quorum", found);
        Assert.Contains("queue moodpipe.edit.bulk is not bound to exchange moodpipe.edit.bulk", found);
        Assert.Contains("queue moodpipe.dead is missing", found);
        Assert.Contains("exchange moodpipe.control is of type topic, not fanout", found);
        Assert.Contains("policy moodpipe-work has delivery-limit = 4, not 7", found);
        Assert.Contains("queue moodpipe.score.bulk follows policy theirs, not moodpipe-work", found);
        BrokerException refused = await Assert.ThrowsAsync<BrokerException>(() => Topology.DeployAsync(host.Options, Standard, default));
        Assert.Equal(ErrorCodes.BrokerTopology, refused.Code);
        Assert.Contains("moodpipe.control", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_management_API_verify_sees_what_AMQP_shows_and_deploy_says_what_to_do_by_hand()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("plain");
        BrokerOptions blind = Blind(host);
        TopologyReport report = await Topology.VerifyAsync(blind, Standard, default);
        Assert.Empty(report.Differences);
        Assert.Contains("policies were not compared", Assert.Single(report.Unchecked), StringComparison.Ordinal);
        await host.Node.Management.DeleteAsync($"queues/{host.Name}/moodpipe.results");
        Assert.Equal(["queue moodpipe.results is missing"], (await Topology.VerifyAsync(blind, Standard, default)).Differences);
        BrokerException refused = await Assert.ThrowsAsync<BrokerException>(() => Topology.DeployAsync(blind, Standard, default));
        Assert.Contains("rabbitmqctl set_policy", refused.Message, StringComparison.Ordinal);
        Assert.Empty((await Topology.VerifyAsync(host.Options, Standard, default)).Differences); // the queues were declared all the same
    }

    [Fact]
    public async Task A_management_API_that_goes_away_in_the_middle_is_one_clear_error()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("middle");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task answering = AnswerOnceAsync(listener);
        BrokerException gone = await Assert.ThrowsAsync<BrokerException>(() => Topology.VerifyAsync(Managed(host, new Uri($"http://127.0.0.1:{port}/")), Standard, default));
        Assert.Equal(ErrorCodes.BrokerUnreachable, gone.Code);
        Assert.Contains($"the management API http://127.0.0.1:{port}/", gone.Message, StringComparison.Ordinal);
        await answering;
    }

    [Fact]
    public async Task Wrong_credentials_an_unknown_virtual_host_and_an_absent_broker_are_three_clear_errors()
    {
        RabbitNode node = await SharedRabbit.NodeAsync();
        BrokerException password = await Assert.ThrowsAsync<BrokerException>(() => Topology.VerifyAsync(VirtualHost.OptionsOf(node, "/", "wrong"), Standard, default));
        Assert.Equal(ErrorCodes.BrokerRefused, password.Code);
        Assert.Contains("refuses user 'moodpipe'", password.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", password.Message, StringComparison.Ordinal);
        BrokerException vhost = await Assert.ThrowsAsync<BrokerException>(() => Topology.VerifyAsync(VirtualHost.OptionsOf(node, "nowhere"), Standard, default));
        Assert.Equal(ErrorCodes.BrokerRefused, vhost.Code);
        Assert.Contains("virtual host 'nowhere'", vhost.Message, StringComparison.Ordinal);
        var absent = new BrokerOptions { Nodes = [new BrokerNode("127.0.0.1", FreePorts.Next())], Management = [new Uri("http://127.0.0.1:1/")] };
        Assert.Equal(ErrorCodes.BrokerUnreachable, (await Assert.ThrowsAsync<BrokerException>(() => Topology.VerifyAsync(absent, Standard, default))).Code);
    }

    [Fact]
    public async Task The_commands_deploy_verify_and_tell_errors_apart_by_their_exit_codes()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("commands", deploy: false);
        string[] broker = ["--broker", $"amqp://{RabbitNode.User}:{RabbitNode.Password}@127.0.0.1:{host.Node.Port}/{host.Name}", "--broker-management", $"{host.Node.Management.Address}"];
        MoodpipeProcess.Outcome missing = await Run(["topology", "verify", .. broker]);
        Assert.True(missing.ExitCode == 3 && missing.Output.Contains("queue moodpipe.prompt.express is missing", StringComparison.Ordinal), missing.ToString());
        MoodpipeProcess.Outcome deploy = await Run(["topology", "deploy", .. broker]);
        Assert.True(deploy.ExitCode == 0, deploy.ToString());
        MoodpipeProcess.Outcome verify = await Run(["topology", "verify", .. broker]);
        Assert.True(verify.ExitCode == 0 && verify.Output.Contains("no difference", StringComparison.Ordinal), verify.ToString());
        MoodpipeProcess.Outcome absent = await Run(["topology", "verify", "--broker", $"amqp://127.0.0.1:{FreePorts.Next()}"]);
        Assert.True(absent.ExitCode == 6 && absent.Error.Contains("does not answer", StringComparison.Ordinal) && !absent.Error.Contains("   at ", StringComparison.Ordinal), absent.ToString());
        MoodpipeProcess.Outcome mistyped = await Run(["topology", "verify", "--broker", "http://me:secret@there"]);
        Assert.True(mistyped.ExitCode == 2 && !mistyped.Error.Contains("secret", StringComparison.Ordinal), mistyped.ToString());
    }

    private static Task<MoodpipeProcess.Outcome> Run(string[] arguments) => MoodpipeProcess.RunAsync(TimeSpan.FromMinutes(10), arguments);

    private static BrokerOptions Blind(VirtualHost host) => Managed(host, new Uri("http://127.0.0.1:1/"));

    private static BrokerOptions Managed(VirtualHost host, Uri management) => new()
    {
        Nodes = host.Options.Nodes, VirtualHost = host.Name, User = RabbitNode.User, Password = RabbitNode.Password, Management = [management],
    };

    // Nobody listens any more when the answer comes.
    private static async Task AnswerOnceAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        listener.Stop();
        NetworkStream stream = client.GetStream();
        using var request = new StreamReader(stream);
        while (await request.ReadLineAsync() is { Length: > 0 })
        {
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"u8.ToArray());
    }
}
