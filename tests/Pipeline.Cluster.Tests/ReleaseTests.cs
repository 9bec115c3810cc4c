using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Transport;
using Pipeline.FakeWorker;
using Pipeline.Ledger;
using Pipeline.TestKit;

namespace Pipeline.Cluster.Tests;

/// <summary>Workers and coordinators of different releases on one broker: an upgrade needs no standstill.</summary>
public sealed class ReleaseTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // F16
    [Theory]
    [InlineData("earlier")]
    [InlineData("later")]
    public async Task A_worker_of_another_release_and_todays_coordinator_complete_a_job(string release)
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("old-worker", new HarnessOptions { Pictures = 5 });
        await using ReleaseSender beats = await ReleaseSender.ConnectAsync(cluster.Broker, Folder(release));
        await beats.SendAsync(QueueNames.Beats, new WorkerBeat { WorkerId = "another", Stages = [StageNames.Edit], InHand = [new ItemInHand(ClusterHarness.JobId, 0)] }, default);
        // All stages there, and the work between two of another release and one of today's.
        cluster.StartWorker(change: s => s with { Release = Folder(release), Stages = ["prompt", "edit", "score"] });
        cluster.StartWorker(change: s => s with { Stages = ["invert", "caption"] });
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 0);
        WorkerInfo another = (await cluster.Ledger.WorkersAsync(default)).Single(w => w.Id == "another");
        Assert.Equal([StageNames.Edit], another.Beat.Stages);
        Assert.Equal([new ItemInHand(ClusterHarness.JobId, 0)], another.Beat.InHand);
        Assert.Empty(await cluster.Ledger.DeadLettersAsync(new DeadLetterQuery { OpenOnly = false }, default));
    }

    // F16
    [Theory]
    [InlineData("earlier")]
    [InlineData("later")]
    public async Task Todays_worker_and_a_coordinator_of_another_release_complete_a_job_and_cancel_one(string release)
    {
        ReleaseBus? bus = null;
        var options = new HarnessOptions { Pictures = 5, Submit = false, Bus = inner => bus = new ReleaseBus(inner) };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("old-coordinator", options);
        await using ReleaseSender sender = await ReleaseSender.ConnectAsync(cluster.Broker, Folder(release));
        bus!.Sender = sender;
        await cluster.SubmitAsync(new() { Id = ClusterHarness.JobId });
        FakeWorkerProcess worker = cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        await cluster.CheckAsync(extra: 0);

        string[] large = [.. Enumerable.Range(0, 60).Select(i => $"c{i}")];
        long before = cluster.Computed.Begun;
        await cluster.SubmitAsync(new() { Id = "cancelled", Window = 30 }, large);
        await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Begun > before + 10), Limit, "the second job has begun");
        await cluster.Ledger.CancelAsync("cancelled", default);
        await cluster.UntilAsync(() => Task.FromResult(worker.Output.Contains("obeys: Cancel cancelled", StringComparison.Ordinal)), Limit, "the worker obeys");
        Assert.Empty(await cluster.Ledger.DeadLettersAsync(new DeadLetterQuery { OpenOnly = false }, default));
    }

    // F16
    [Fact]
    public async Task Messages_of_an_unknown_version_are_set_aside_by_both_sides_and_disturb_nothing()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("versions", new HarnessOptions { Pictures = 5 });
        string vhost = cluster.Broker.VirtualHost;
        string[] queues = [QueueNames.Work(StageNames.Edit, WorkClass.Bulk), QueueNames.Results, QueueNames.Beats];
        foreach (string queue in queues)
        {
            // Another version in the address is another message altogether, whatever it holds.
            string kind = queue == QueueNames.Results ? "stage-result" : queue == QueueNames.Beats ? "worker-beat" : "stage-work";
            JsonNode content = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder("later"), $"{kind}.json")))!;
            string envelope = new JsonObject { ["messageId"] = Guid.NewGuid().ToString(), ["messageType"] = new JsonArray($"urn:message:moodpipe:{kind}:9"), ["message"] = content }.ToJsonString();
            Assert.True(await cluster.Node.Management.PublishAsync(vhost, queue, Encoding.UTF8.GetBytes(envelope), new { delivery_mode = 2, content_type = "application/vnd.masstransit+json" }));
        }

        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        await cluster.UntilAsync(async () => (await LettersAsync(cluster)).Count == queues.Length, Limit, "all of them are set aside");
        Assert.Equal(queues.Select(q => $"{q}_skipped").Order(), (await LettersAsync(cluster)).Select(l => l.Letter.Queue).Order());
        Assert.DoesNotContain(await cluster.Ledger.WorkersAsync(default), w => w.Id == "w-1");
        await cluster.CheckAsync(extra: 0);
    }

    [Theory]
    [InlineData("earlier")]
    [InlineData("later")]
    public void A_message_of_another_release_is_its_sample_with_the_values_of_the_message(string release)
    {
        var work = ContractJson.Deserialize<StageWork>(File.ReadAllBytes(Path.Combine(Folder("v1"), "stage-work.json")));
        JsonNode written = new ReleaseLayout(Folder(release)).Write(work);
        JsonNode expected = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(release), "stage-work.json")))!;
        expected.AsObject().Remove("alone"); // the message does not say
        Assert.True(JsonNode.DeepEquals(expected, written), written.ToJsonString());
        StageWork read = ContractJson.Deserialize<StageWork>(Encoding.UTF8.GetBytes(written.ToJsonString()));
        Assert.Equal((work.JobId, work.Picture, work.Epoch, work.Targets[0].Seed), (read.JobId, read.Picture, read.Epoch, read.Targets[0].Seed));
    }

    private static Task<IReadOnlyList<DeadLetter>> LettersAsync(ClusterHarness cluster) => cluster.Ledger.DeadLettersAsync(new DeadLetterQuery { OpenOnly = false }, default);

    private static string Folder(string release) => Path.Combine(Fixtures.RepositoryRoot, "tests", "Pipeline.Contracts.Tests", "Golden", release);

    private sealed class ReleaseBus(ICoordinatorBus inner) : ICoordinatorBus
    {
        public ReleaseSender? Sender { get; set; }

        public Task StartAsync(ICoordinatorIntake intake, CancellationToken cancellation) => inner.StartAsync(intake, cancellation);

        public Task StopAsync() => inner.StopAsync();

        public Task SendAsync(StageWork work, CancellationToken cancellation) => Sender!.SendAsync(QueueNames.Work(work.Stage, work.Class), work, cancellation);

        public Task SendAsync(StageResult result, CancellationToken cancellation) => Sender!.SendAsync(QueueNames.Results, result, cancellation);

        public Task SendAsync(JobControl control, CancellationToken cancellation) => Sender!.SendAsync(QueueNames.Control, control, cancellation);
    }
}
