using System.Text;
using MassTransit;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Stages.Messaging;
using Pipeline.TestKit;
using Pipeline.TestServers.Postgres;
using Pipeline.TestServers.Rabbit;
using RabbitMQ.Client;

namespace Pipeline.Cluster.Tests;

/// <summary>Whoever may write into a queue, a manifest or a bucket may write anything: it is set aside with a reason, and nothing else is disturbed.</summary>
public sealed class HostileMessageTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly object Properties = new { delivery_mode = 2, content_type = "application/vnd.masstransit+json" };
    private static readonly string Digest = new('a', 64);

    [Fact]
    public async Task Rubbish_in_every_queue_of_a_running_job_is_set_aside_and_the_job_ends_as_if_it_had_not_been_there()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("rubbish", new HarnessOptions { Pictures = 5 });
        (string Queue, string Body)[] rubbish = [.. Works(), .. Results(), .. Beats()];
        foreach ((string queue, string body) in rubbish)
        {
            Assert.True(await cluster.Node.Management.PublishAsync(cluster.Broker.VirtualHost, queue, Encoding.UTF8.GetBytes(body), Properties));
        }

        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        await cluster.UntilAsync(async () => (await LettersAsync(cluster)).Sum(l => l.Count) >= rubbish.Length, Limit, "everything is set aside");
        IReadOnlyList<DeadLetter> letters = await LettersAsync(cluster);
        Assert.Equal(rubbish.GroupBy(r => r.Queue).ToDictionary(g => g.Key, g => (long)g.Count()), letters.GroupBy(l => l.Letter.Queue.Replace("_error", "", StringComparison.Ordinal)).ToDictionary(g => g.Key, g => g.Sum(l => l.Count)));
        Assert.All(letters, l => Assert.NotEqual("unknown", l.Letter.Reason));
        Assert.Equal(["w1"], (await cluster.Ledger.WorkersAsync(default)).Select(w => w.Id));
        await cluster.CheckAsync(extra: 0);
    }

    [Fact]
    public async Task A_message_larger_than_clients_usually_take_does_not_stop_its_queue()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("huge", new HarnessOptions { Pictures = 3 });
        string queue = QueueNames.Work(StageNames.Prompt, WorkClass.Bulk);
        await PublishHugeAsync(cluster, queue, 70 << 20);
        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        await cluster.UntilAsync(async () => (await LettersAsync(cluster)).Count == 1, Limit, "it is set aside");
        Assert.Equal($"{queue}_error", (await LettersAsync(cluster))[0].Letter.Queue);
        await cluster.CheckAsync(extra: 0);
    }

    [Fact]
    public async Task Work_of_no_job_that_names_files_of_the_worker_or_foreign_buckets_reads_nothing()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("ghost", new HarnessOptions { Pictures = 2 });
        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        IReadOnlyList<string> before = cluster.Store.Keys;
        string settings = before.First(k => k.Contains("/cas/settings/", StringComparison.Ordinal))[^69..^5];
        IBusControl bus = MessageBus.Create(cluster.Broker, "ghost");
        await bus.StartAsync();
        string[] sources = ["/etc/passwd", "../../../../../../etc/passwd", "file:///etc/passwd", "s3://foreign/secret.png", "s3://artefacts/../../etc/passwd", "http://127.0.0.1:1/x.png", "\0", new string('x', 4000)];
        for (int i = 0; i < sources.Length; i++)
        {
            await bus.SendToAsync(QueueNames.Work(StageNames.Prompt, WorkClass.Bulk), Work(i) with { JobId = "ghost", SettingsDigest = settings, Inputs = new Dictionary<string, InputRef> { ["source"] = new() { Uri = sources[i] } } }, default);
        }

        // A stored input that is none, of a size that it has not.
        await bus.SendToAsync(QueueNames.Work(StageNames.Prompt, WorkClass.Bulk), Work(90) with { SettingsDigest = settings, Inputs = new Dictionary<string, InputRef> { ["source"] = InputRef.Stored(new BlobRef(Digest, long.MaxValue, "image/png")) } }, default);
        await bus.StopAsync(TimeSpan.FromSeconds(10));
        // The worker is alive and works on: what comes after is done.
        await cluster.SubmitAsync(new() { Id = "after" }, ["fresh"]);
        await cluster.DoneAsync(Limit, "after");
        Assert.Equal(3, (await cluster.Ledger.ProgressAsync("after", default)).Count(ItemState.Done));
        string passwd = Sha256Digest.Of(await File.ReadAllBytesAsync("/etc/passwd"));
        Assert.DoesNotContain(cluster.Store.Keys, k => k.EndsWith(passwd, StringComparison.Ordinal));
        Assert.Equal(["after", ClusterHarness.JobId], (await cluster.Ledger.JobsAsync(new JobQuery(), default)).Select(j => j.Id).Order());
    }

    [Fact]
    public async Task Manifest_lines_that_name_what_is_not_theirs_are_quarantined_each_with_its_reason()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("foreign", new HarnessOptions { Pictures = 1, Submit = false });
        string[] sources = ["../../../../../../etc/passwd", "/etc/passwd", "s3://foreign/secret.png", "nothing.png"];
        string[] lines = [.. sources.Prepend("p0.bin").Select((source, i) => $$"""{"id":"x{{i}}","image":"{{source}}","emotions":["joy"]}""")];
        await cluster.SubmitAsync(new() { Id = ClusterHarness.JobId }, string.Join('\n', lines));
        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        await foreach (ItemReport item in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, default))
        {
            string? code = item.Failure?.Code;
            Assert.True(item.PictureId == "x0" ? item.State == ItemState.Done : item.State == ItemState.Quarantined && code is ErrorCodes.SourceMissing or ErrorCodes.SourceUnreadable, $"{item.PictureId}: {item.State} {code} {item.Failure?.Message}");
        }
    }

    [Fact]
    public async Task Wrong_credentials_of_bucket_and_database_end_a_process_at_its_start_with_one_clear_line()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("credentials", new HarnessOptions { Pictures = 1, Submit = false });
        FakeWorkerProcess stranger = cluster.StartWorker(change: s => s with { SecretKey = "not-the-secret" });
        await stranger.EndAsync(Limit);
        Assert.True(stranger.ExitCode == 3 && !stranger.Output.Contains("   at ", StringComparison.Ordinal) && !stranger.Output.Contains("not-the-secret", StringComparison.Ordinal), stranger.Output);
        PostgresServer postgres = await SharedPostgres.ServerAsync();
        using var folder = new TemporaryFolder();
        MoodpipeProcess.Outcome serve = await MoodpipeProcess.RunAsync(
            Limit, "serve", "--out", folder.Path, "--store", folder.File("store"), "--broker", $"amqp://{RabbitNode.User}:{RabbitNode.Password}@127.0.0.1:{cluster.Node.Port}/{cluster.Broker.VirtualHost}",
            "--broker-management", cluster.Node.Management.Address.AbsoluteUri, "--http", "http://127.0.0.1:0", "--ledger", $"postgres://nobody:not-the-secret@127.0.0.1:{postgres.Port}/postgres");
        Assert.True(serve.ExitCode is not 0 && serve.Error.Trim().Split('\n').Length == 1 && !serve.Error.Contains("   at ", StringComparison.Ordinal) && !serve.Error.Contains("not-the-secret", StringComparison.Ordinal), serve.ToString());
    }

    private static IEnumerable<(string Queue, string Body)> Works()
    {
        string queue = QueueNames.Work(StageNames.Edit, WorkClass.Bulk);
        string good = Json(Work(1) with { Stage = StageNames.Edit });
        yield return (queue, "\0\u0001 not json");
        yield return (queue, "[1,2,3]");
        yield return (queue, new string('[', 5000));
        yield return (queue, Envelope("stage-work", """{"jobId":"job"}"""));
        yield return (queue, Envelope("stage-work", good.Replace("\"job\"", "\"../../etc\"", StringComparison.Ordinal)));
        yield return (queue, Envelope("stage-work", good.Replace(Digest, "../../../../../../etc/passwd", StringComparison.Ordinal)));
        yield return (queue, Envelope("stage-work", good.Replace("\"picture\":1", "\"picture\":-1", StringComparison.Ordinal)));
        yield return (queue, Envelope("stage-work", good.Replace("\"picture\":1", "\"picture\":\"one\"", StringComparison.Ordinal)));
        yield return (queue, Envelope("stage-work", good.Replace("\"joy\"", $"\"{new string('j', 300_000)}\"", StringComparison.Ordinal)));
    }

    private static IEnumerable<(string Queue, string Body)> Results()
    {
        string good = Json(new StageResult { JobId = "job", Stage = StageNames.Edit, Entries = [new StageResultEntry { Item = 1, Outcome = StageOutcome.Done, WorkKey = Digest }] });
        yield return (QueueNames.Results, "\0\u0001 not json");
        yield return (QueueNames.Results, Envelope("stage-result", """{"jobId":"job"}"""));
        yield return (QueueNames.Results, Envelope("stage-result", good.Replace("\"job\"", "\"..\"", StringComparison.Ordinal)));
        yield return (QueueNames.Results, Envelope("stage-result", good.Replace(Digest, "../../blob", StringComparison.Ordinal)));
        yield return (QueueNames.Results, Envelope("stage-result", good.Replace("\"edit\"", "\"format c:\"", StringComparison.Ordinal)));
        yield return (QueueNames.Results, Envelope("stage-result", good.Replace("\"Done\"", "\"Splendid\"", StringComparison.Ordinal)));
        yield return (QueueNames.Results, Envelope("stage-result", good.Replace("\"item\":1", "\"item\":-1", StringComparison.Ordinal)));
        yield return (QueueNames.Results, Envelope("stage-result", good.Replace("[{", "[null,{", StringComparison.Ordinal)));
    }

    private static IEnumerable<(string Queue, string Body)> Beats()
    {
        yield return (QueueNames.Beats, "\0\u0001 not json");
        yield return (QueueNames.Beats, Envelope("worker-beat", $$"""{"workerId":"{{new string('w', 500)}}"}"""));
        yield return (QueueNames.Beats, Envelope("worker-beat", """{"workerId":"w","inHand":[{"jobId":"../x","item":1}]}"""));
    }

    private static StageWork Work(long picture) => MessagingTests.Work(picture) with { Stage = StageNames.Prompt };

    private static string Json<T>(T message) => Encoding.UTF8.GetString(ContractJson.Serialize(message));

    private static string Envelope(string kind, string message) => $$"""{"messageId":"{{Guid.NewGuid()}}","messageType":["urn:message:moodpipe:{{kind}}:1"],"message":{{message}}}""";

    private static Task<IReadOnlyList<DeadLetter>> LettersAsync(ClusterHarness cluster) => cluster.Ledger.DeadLettersAsync(new DeadLetterQuery { OpenOnly = false }, default);

    private static async Task PublishHugeAsync(ClusterHarness cluster, string queue, int bytes)
    {
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = cluster.Node.Port, VirtualHost = cluster.Broker.VirtualHost, UserName = RabbitNode.User, Password = RabbitNode.Password };
        await using IConnection connection = await factory.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        byte[] body = new byte[bytes];
        Array.Fill(body, (byte)' ');
        await channel.BasicPublishAsync(queue, "", mandatory: true, new BasicProperties { Persistent = true, ContentType = "application/vnd.masstransit+json" }, body);
    }
}
