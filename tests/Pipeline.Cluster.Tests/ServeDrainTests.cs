using System.Diagnostics;
using System.Net;
using System.Text;
using Pipeline.Coordinator.Leading;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>A coordinator that is told to end, as by an orchestrator that replaces it.</summary>
public sealed class ServeDrainTests
{
    private const int Lease = 600;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_leader_that_is_told_to_end_finishes_its_requests_and_its_standby_leads_long_before_the_lease_runs_out()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("drain", new HarnessOptions { Pictures = 2, OwnCoordinator = false });
        Uri first = new($"http://127.0.0.1:{FreePorts.Next()}"), second = new($"http://127.0.0.1:{FreePorts.Next()}");
        using Process leader = cluster.StartCoordinator(Lease, first);
        await cluster.UntilAsync(() => LeadsAsync(cluster, leader), Limit, "the first coordinator leads");
        using Process standby = cluster.StartCoordinator(Lease, second, token: "secret");
        using var client = new HttpClient { Timeout = Limit };
        await cluster.UntilAsync(() => AnswersAsync(client, new Uri(second, "/health/ready")), Limit, "the standby answers");

        // Its token is the settings file's.
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri(second, "/status"))).StatusCode);
        using var allowed = new HttpRequestMessage(HttpMethod.Get, new Uri(second, "/status")) { Headers = { Authorization = new("Bearer", "secret") } };
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(allowed)).StatusCode);

        using var manifest = new SlowManifest();
        Task<HttpResponseMessage> submitting = client.PostAsync(new Uri(first, "/jobs?id=slow"), manifest);
        await manifest.Begun.WaitAsync(Limit);
        long told = Stopwatch.GetTimestamp();
        ProcessSignal.Terminate(leader.Id);
        await cluster.UntilAsync(() => LeadsAsync(cluster, standby), Limit, "the standby leads");
        Assert.True(Stopwatch.GetElapsedTime(told) < TimeSpan.FromSeconds(Lease - 30), "the standby has waited for the lease to run out");
        Assert.False(leader.HasExited, "the leader has left a request unanswered");
        manifest.GoOn();
        using HttpResponseMessage answer = await submitting;
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        using var patience = new CancellationTokenSource(Limit);
        await leader.WaitForExitAsync(patience.Token);
        Assert.Equal(0, leader.ExitCode);
        Assert.NotNull(await cluster.Ledger.FindJobAsync("slow", default));
        Assert.False(await AnswersAsync(client, new Uri(first, "/health/live")));
        ProcessSignal.Terminate(standby.Id);
        await standby.WaitForExitAsync(patience.Token);
        Assert.Equal(0, standby.ExitCode);
        Assert.Null(await cluster.Ledger.LeaderAsync(Leadership.LeaseName, default));
    }

    // The owner's name is machine-process-chance.
    private static async Task<bool> LeadsAsync(ClusterHarness cluster, Process process) =>
        await cluster.Ledger.LeaderAsync(Leadership.LeaseName, default) is { } lease && lease.Owner.Split('-')[^2] == $"{process.Id}";

    private static async Task<bool> AnswersAsync(HttpClient client, Uri address)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(address);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A manifest of which the end comes when it is told to.</summary>
    private sealed class SlowManifest : HttpContent
    {
        private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowManifest() => Headers.ContentType = new("application/x-ndjson");

        public Task Begun => begun.Task;

        public void GoOn() => goOn.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes("{\"id\":\"a\",\"image\":\"p0.bin\","));
            await stream.FlushAsync();
            begun.SetResult();
            // The server wants a sign of life every now and then.
            while (await Task.WhenAny(goOn.Task, Task.Delay(500)) != goOn.Task)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(new string(' ', 2000)));
                await stream.FlushAsync();
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes("\"emotions\":[\"joy\"]}\n"));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
