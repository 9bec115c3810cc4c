using System.Diagnostics;
using System.Net;
using Pipeline.TestKit;
using Pipeline.TestServers.Processes;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>The worker's command with the models of the repository, as a user starts it.</summary>
public sealed class WorkerCommandTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_worker_loads_its_models_says_that_it_is_ready_and_ends_in_order()
    {
        await using VirtualHost host = await VirtualHost.CreateAsync("command");
        using var folder = new TemporaryFolder();
        int port = FreePorts.Next();
        using Process worker = MoodpipeProcess.Start(
            "worker", "--models", Path.Combine(Fixtures.RepositoryRoot, "models", "tiny"), "--threads", "1", "--health", $"http://127.0.0.1:{port}", "--store", folder.File("store"),
            "--broker", $"amqp://{RabbitNode.User}:{RabbitNode.Password}@127.0.0.1:{host.Node.Port}/{host.Name}", "--broker-management", host.Node.Management.Address.AbsoluteUri);
        Task<string> output = worker.StandardOutput.ReadToEndAsync();
        Task<string> error = worker.StandardError.ReadToEndAsync();
        try
        {
            Assert.True(await IsReadyAsync(worker, port), "the worker did not become ready");
            ProcessSignal.Terminate(worker.Id);
            await worker.WaitForExitAsync(new CancellationTokenSource(Limit).Token);
            Assert.True(worker.ExitCode == 0, $"exit code {worker.ExitCode}\n{await output}\n{await error}");
        }
        finally
        {
            if (!worker.HasExited)
            {
                worker.Kill();
            }
        }
    }

    [Theory]
    [InlineData(6, "does not answer", "--broker", "amqp://127.0.0.1:1/", "--store", "unused")]
    [InlineData(2, "for one process", "--broker", "memory", "--store", "unused")]
    [InlineData(2, "name the broker", "--store", "unused")]
    [InlineData(2, "is not a stage", "--stages", "nope")]
    public async Task Mistakes_are_one_clear_line(int code, string message, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        string[] real = [.. arguments.Select(a => a == "unused" ? folder.File("store") : a)];
        MoodpipeProcess.Outcome outcome = await MoodpipeProcess.RunAsync(Limit, ["worker", "--models", Path.Combine(Fixtures.RepositoryRoot, "models", "tiny"), .. real]);
        Assert.True(outcome.ExitCode == code && outcome.Error.Contains(message, StringComparison.Ordinal) && !outcome.Error.Contains("   at ", StringComparison.Ordinal), outcome.ToString());
    }

    private static async Task<bool> IsReadyAsync(Process worker, int port)
    {
        using var client = new HttpClient();
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Limit && !worker.HasExited; await Task.Delay(200))
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return true;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }

        return false;
    }
}
