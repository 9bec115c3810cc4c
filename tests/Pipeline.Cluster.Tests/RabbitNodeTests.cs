using System.Diagnostics;
using System.Text;
using Pipeline.TestServers.Processes;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>The private brokers of the tests themselves.</summary>
public sealed class RabbitNodeTests
{
    [Fact]
    public async Task A_node_keeps_its_messages_over_stop_and_kill_and_loses_them_when_wiped()
    {
        await using RabbitNode node = await RabbitNode.StartAsync();
        string vhost = await node.CreateVhostAsync("keep");
        await node.Management.SetAsync($"queues/{vhost}/q", new { durable = true, arguments = new Dictionary<string, string> { ["x-queue-type"] = "quorum" } });
        Assert.True(await Publish(node, vhost, "one"));
        await node.StopAsync();
        Assert.False(await FreePorts.IsOpenAsync(node.Port, default));
        await node.StartAsync();
        Assert.True(await Publish(node, vhost, "two"));
        await node.KillAsync();
        await node.StartAsync();
        Assert.Equal(["one", "two"], await TakeAsync(node, vhost, 2));
        await node.KillAsync();
        node.Wipe();
        await node.StartAsync();
        Assert.Null(await node.Management.GetAsync($"vhosts/{vhost}"));
    }

    [Fact]
    public async Task A_killed_test_process_leaves_no_server_behind()
    {
        // The watchdog sees the end of its pipe, as it does when the kernel closes the pipes of a killed process.
        var folder = new ServerFolder("watched");
        using Process marked = Process.Start(folder.Program("sleep", "300"))!;
        using Process named = Process.Start(new ProcessStartInfo("tail", ["-f", "/dev/null", folder.File("none")]) { RedirectStandardError = true })!;
        using Process stranger = Process.Start("sleep", "300");
        await folder.DisposeAsync();
        await marked.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        await named.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        Assert.False(Directory.Exists(folder.Path));
        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    // Right after its start a node answers before its queues have leaders.
    private static async Task<IReadOnlyList<string?>> TakeAsync(RabbitNode node, string vhost, int count)
    {
        var taken = new List<string?>();
        for (long start = Stopwatch.GetTimestamp(); taken.Count < count && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2); await Task.Delay(200))
        {
            try
            {
                taken.AddRange((await node.Management.TakeAsync(vhost, "q", 10)).Select(m => m.GetProperty("payload").GetString()));
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }

        return taken;
    }

    private static Task<bool> Publish(RabbitNode node, string vhost, string text) =>
        node.Management.PublishToQueueAsync(vhost, "q", Encoding.UTF8.GetBytes(text));
}
