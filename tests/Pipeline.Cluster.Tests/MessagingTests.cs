using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Messaging;

namespace Pipeline.Cluster.Tests;

/// <summary>Senders and receivers on a real broker: what is refused, what is set aside, and that neighbours are left alone.</summary>
public sealed class MessagingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Work_for_a_queue_that_does_not_exist_is_not_swallowed()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("mandatory", deploy: false);
        IBusControl bus = MessageBus.Create(host.Options, "test");
        await bus.StartAsync();
        try
        {
            Exception error = await Assert.ThrowsAnyAsync<Exception>(() => bus.SendToAsync("moodpipe.edit.bulk", Work(1), new CancellationTokenSource(Limit).Token));
            Assert.IsNotType<OperationCanceledException>(error, exactMatch: false);
            // Orders may find nobody.
            await bus.SendToAsync(QueueNames.Control, new JobControl { Action = ControlAction.Drain }, default);
        }
        finally
        {
            await bus.StopAsync(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task A_message_above_the_limit_is_not_sent()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("oversize");
        IBusControl bus = MessageBus.Create(host.Options, "test");
        await bus.StartAsync();
        try
        {
            StageWork large = Work(1) with { Targets = [.. Enumerable.Range(0, 400).Select(i => new EditTarget { Item = i, Emotion = new string('x', 50) })] };
            await Assert.ThrowsAsync<UnusableMessageException>(() => bus.SendToAsync("moodpipe.edit.bulk", large, default));
            await bus.SendToAsync("moodpipe.edit.bulk", Work(1), default);
        }
        finally
        {
            await bus.StopAsync(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task Hostile_messages_are_set_aside_one_by_one_and_their_neighbours_arrive()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("hostile");
        var arrived = new ConcurrentQueue<long>();
        var all = new TaskCompletionSource();
        IBusControl bus = MessageBus.Create(host.Options, "test", configure => configure.ReceiveEndpoint("moodpipe.edit.bulk", endpoint =>
        {
            endpoint.Apply<StageWork>(work => MessageCheck.Problem(work, "edit"));
            endpoint.PrefetchCount = 32;
            endpoint.Batch<StageWork>(batch =>
            {
                (batch.MessageLimit, batch.TimeLimit) = (8, TimeSpan.FromMilliseconds(200));
                batch.Consumer(() => new Collector(arrived, all, expected: 4));
            });
        }));
        IBusControl sender = MessageBus.Create(host.Options, "sender");
        await sender.StartAsync();
        await sender.SendToAsync("moodpipe.edit.bulk", Work(1), default);
        string[] hostile =
        [
            "not json at all",
            "{}",
            Envelope("moodpipe:stage-work:1", """{"jobId":"j"}"""), // required fields are missing
            Envelope("moodpipe:stage-work:1", Json(Work(90) with { JobId = "../../etc" })),
            Envelope("moodpipe:stage-work:1", Json(Work(91) with { Stage = "score" })),
            Envelope("moodpipe:stage-work:1", Json(Work(92) with { Targets = [] })),
            Envelope("moodpipe:stage-work:1", Json(Work(93)).Replace("\"targets\":[", "\"targets\":[null,", StringComparison.Ordinal)),
            Envelope("moodpipe:stage-work:1", Json(Work(94)).Replace("\"edit\"", $"\"{new string('e', 400_000)}\"", StringComparison.Ordinal)),
            Envelope("moodpipe:stage-work:2", Json(Work(95))), // a version that nobody here knows
            Envelope("somebody:elses", "{}"),
        ];
        foreach (string body in hostile)
        {
            Assert.True(await host.Node.Management.PublishAsync(host.Name, "moodpipe.edit.bulk", Encoding.UTF8.GetBytes(body), Properties));
        }

        await sender.SendToAsync("moodpipe.edit.bulk", Work(2) with { SchemaVersion = 7 }, default); // newer, with optional fields only
        Assert.True(await host.Node.Management.PublishAsync(
            host.Name, "moodpipe.edit.bulk", Encoding.UTF8.GetBytes(Envelope("moodpipe:stage-work:1", Json(Work(3)).Replace("{\"schemaVersion\"", "{\"later\":{\"x\":1},\"schemaVersion\"", StringComparison.Ordinal))), Properties));
        await sender.SendToAsync("moodpipe.edit.bulk", Work(4), default);
        await bus.StartAsync();
        await all.Task.WaitAsync(Limit);
        Assert.Equal([1L, 2, 3, 4], arrived.Order());
        var broken = new ConcurrentQueue<BrokenMessage>();
        for (DateTime end = DateTime.UtcNow + Limit; broken.Count < hostile.Length && DateTime.UtcNow < end; await Task.Delay(200))
        {
            await BrokenMessages.TakeAsync(host.Options, 100, message =>
            {
                broken.Enqueue(message);
                return Task.CompletedTask;
            }, default);
        }

        Assert.True(hostile.Length == broken.Count, string.Join("\n", broken.Select(m => $"{m.Queue}: {m.Reason}: {m.Body.Length} {Encoding.UTF8.GetString(m.Body.AsSpan(0, Math.Min(200, m.Body.Length)))}")));
        Assert.Contains(broken, m => m.Queue == "moodpipe.edit.bulk_skipped");
        Assert.Contains(broken, m => m.Reason.Contains("it is for stage 'score'", StringComparison.Ordinal));
        Assert.Contains(broken, m => m.Reason.Contains("is no name of a job", StringComparison.Ordinal));
        Assert.Contains(broken, m => m.Reason.Contains("are allowed", StringComparison.Ordinal));
        Assert.Equal(4, arrived.Count);
        await bus.StopAsync(TimeSpan.FromSeconds(10));
        await sender.StopAsync(TimeSpan.FromSeconds(10));
    }

    private static readonly object Properties = new { delivery_mode = 2, content_type = "application/vnd.masstransit+json" };

    internal static StageWork Work(long picture) => new()
    {
        JobId = "job",
        Picture = picture,
        Stage = "edit",
        Targets = [new EditTarget { Item = picture, Emotion = "joy" }],
        Inputs = new Dictionary<string, InputRef> { ["source"] = new() { Uri = "a.png" } },
        SettingsDigest = new string('a', 64),
    };

    private static string Json(StageWork work) => Encoding.UTF8.GetString(Contracts.Json.ContractJson.Serialize(work));

    private static string Envelope(string urn, string message) => $$"""{"messageId":"{{Guid.NewGuid()}}","messageType":["urn:message:{{urn}}"],"message":{{message}}}""";

    private sealed class Collector(ConcurrentQueue<long> arrived, TaskCompletionSource all, int expected) : IConsumer<Batch<StageWork>>
    {
        public Task Consume(ConsumeContext<Batch<StageWork>> context)
        {
            foreach (ConsumeContext<StageWork> message in context.Message)
            {
                arrived.Enqueue(message.Message.Picture);
            }

            if (arrived.Count >= expected)
            {
                all.TrySetResult();
            }

            return Task.CompletedTask;
        }
    }
}
