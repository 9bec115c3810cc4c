using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator;
using Pipeline.Coordinator.Http;
using Pipeline.Coordinator.Transport;
using Pipeline.Ledger;
using Pipeline.TestKit;
using Pipeline.TestServers.Rabbit;
using RabbitMQ.Client;

namespace Pipeline.Cluster.Tests;

/// <summary>From a message that nobody could handle to its replay, over a real broker and by the commands that people use.</summary>
public sealed class DeadLetterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Work_that_came_back_too_often_is_recorded_shown_set_aside_and_replayed()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("dead", new HarnessOptions { Pictures = 1, Topology = new() { DeliveryLimit = 1 } });
        await using CoordinatorServer server = await ServeAsync(cluster);
        string queue = QueueNames.Work(StageNames.Prompt, WorkClass.Bulk);
        // No worker: every message is taken and given back, as by workers that die of it. First all edits together, then each one alone.
        await using (IConnection connection = await ConnectAsync(cluster))
        {
            await using IChannel channel = await connection.CreateChannelAsync();
            await cluster.UntilAsync(
                async () =>
                {
                    while (await channel.BasicGetAsync(queue, autoAck: false) is { } message)
                    {
                        await channel.BasicNackAsync(message.DeliveryTag, multiple: false, requeue: true);
                    }

                    return (await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default)).Count(ItemState.Quarantined) == 3;
                },
                Limit, "all edits are set aside");
        }

        await cluster.DoneAsync(Limit);
        ErrorSummary cause = Assert.Single(await cluster.Ledger.ErrorsAsync(ClusterHarness.JobId, 10, default));
        Assert.Equal((ErrorCodes.Crash, 3L), (cause.Code, cause.Items));
        IReadOnlyList<DeadLetter> letters = await cluster.Ledger.DeadLettersAsync(new DeadLetterQuery { OpenOnly = false }, default);
        Assert.All(letters, l => Assert.Equal((QueueNames.Dead, ClusterHarness.JobId, StageNames.Prompt), (l.Letter.Queue, l.Letter.JobId, l.Letter.Stage)));
        // One of all three edits, then one of each: what is run alone travels alone.
        Assert.Equal([1, 1, 1, 3], letters.Select(l => l.Letter.Items.Count).Order());
        Assert.DoesNotContain("came back", await RunAsync(server, "dlq"), StringComparison.Ordinal);
        string shown = await RunAsync(server, "dlq", "--all", "--job", ClusterHarness.JobId);
        Assert.Equal(4, shown.Split("moodpipe.dead job job items").Length - 1);
        Assert.Contains("came back to its queue too often (its items are run alone)", shown, StringComparison.Ordinal);

        Assert.Contains("3 items are tried again", await RunAsync(server, "replay", ClusterHarness.JobId, "--fingerprint", cause.Fingerprint), StringComparison.Ordinal);
        cluster.StartWorker();
        await cluster.UntilAsync(async () => (await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default)).State == JobState.Done, Limit, "the replayed job is done");
        await cluster.CheckAsync(extra: 0);
    }

    [Fact]
    public async Task What_cannot_be_read_is_an_open_letter_until_a_person_settles_it_and_disturbs_nothing()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("unread", new HarnessOptions { Pictures = 2 });
        await using CoordinatorServer server = await ServeAsync(cluster);
        await using (IConnection connection = await ConnectAsync(cluster))
        {
            await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true };
            await channel.BasicPublishAsync(QueueNames.Results, "", mandatory: true, properties, Encoding.UTF8.GetBytes("no JSON at all"));
            // An outcome that fails the check: its job is no name.
            string hostile = """{"messageType":["urn:message:moodpipe:stage-result:1"],"message":{"jobId":"../x","epoch":0,"stage":"edit","workerId":"w","entries":[{"item":0,"outcome":"Done"}]}}""";
            await channel.BasicPublishAsync(QueueNames.Results, "", mandatory: true, properties, Encoding.UTF8.GetBytes(hostile));
        }

        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        IReadOnlyList<DeadLetter> letters = [];
        await cluster.UntilAsync(async () => (letters = await cluster.Ledger.DeadLettersAsync(new DeadLetterQuery(), default)).Count >= 2, Limit, "both messages are recorded");
        Assert.All(letters, l => Assert.Equal(($"{QueueNames.Results}_error", (string?)null), (l.Letter.Queue, l.Letter.JobId)));
        string shown = await RunAsync(server, "dlq");
        Assert.All(letters, l => Assert.Contains($"{l.Id}  {QueueNames.Results}_error", shown, StringComparison.Ordinal));
        Assert.Contains("1 letters are settled", await RunAsync(server, "dlq", "--settle", $"{letters[0].Id}", "--resolution", "looked at"), StringComparison.Ordinal);
        string rest = await RunAsync(server, "dlq");
        Assert.DoesNotContain($"{letters[0].Id}  {QueueNames.Results}", rest, StringComparison.Ordinal);
        Assert.Contains($"{letters[1].Id}  {QueueNames.Results}", rest, StringComparison.Ordinal);
        Assert.Contains("(looked at)", await RunAsync(server, "dlq", "--all"), StringComparison.Ordinal);
        await cluster.CheckAsync(extra: 0);
    }

    private static Task<CoordinatorServer> ServeAsync(ClusterHarness cluster)
    {
        var options = new CoordinatorOptions { OutputRoot = "unused" };
        var bus = BrokerBus.Of(VirtualHost.OptionsOf(cluster.Node, cluster.Broker.VirtualHost), options, NullLogger.Instance);
        var service = new CoordinatorService(cluster.Ledger, cluster.Artefacts, bus, options, NullLoggerFactory.Instance);
        return CoordinatorServer.StartAsync(service, new ServerOptions { Listen = new Uri("http://127.0.0.1:0") }, NullLoggerFactory.Instance, default);
    }

    private static Task<IConnection> ConnectAsync(ClusterHarness cluster)
    {
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = cluster.Node.Port, UserName = RabbitNode.User, Password = RabbitNode.Password, VirtualHost = cluster.Broker.VirtualHost };
        return factory.CreateConnectionAsync();
    }

    private static async Task<string> RunAsync(CoordinatorServer server, params string[] arguments)
    {
        using Process process = MoodpipeProcess.Start([.. arguments, "--server", server.Address.GetLeftPart(UriPartial.Authority)]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)}: {process.ExitCode}\n{await output}\n{await error}");
        return await output;
    }
}
