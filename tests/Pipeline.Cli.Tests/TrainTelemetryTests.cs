using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;

namespace Pipeline.Cli.Tests;

public sealed class TrainTelemetryTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_training_command_sends_its_metrics_to_the_collector_that_the_environment_names()
    {
        using TemporaryFolder folder = new();
        string config = folder.File("short.json");
        File.WriteAllText(config, (AutoencoderRecipes.Smoke with { Steps = 3, Batch = 2, CheckpointEvery = 3 }).ToJson());
        (HttpListener collector, string address) = Listen();
        using HttpListener owned = collector;
        ConcurrentQueue<string> bodies = new();
        Task serving = ServeAsync(collector, bodies);

        ProcessStartInfo start = new(MoodpipeProcess.Executable, ["train", "vae", "--config", config, "--out", folder.File("run")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"], start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"], start.Environment["OMP_NUM_THREADS"]) = (address, "http/protobuf", "1");
        using Process process = Process.Start(start)!;
        using CancellationTokenSource timeout = new(s_limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token), error = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        Assert.True(process.ExitCode == 0, await output + await error);
        collector.Stop();
        await serving;

        // Protobuf keeps strings as they are.
        string sent = string.Concat(bodies);
        Assert.All(
            ["moodpipe.training.loss", "moodpipe.training.rate", "moodpipe.training.speed", "moodpipe.training.samples", "moodpipe.training.score", "moodpipe-train", "system"],
            part => Assert.Contains(part, sent, StringComparison.Ordinal));
    }

    private static (HttpListener Listener, string Address) Listen()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        string address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        probe.Stop();
        HttpListener listener = new();
        listener.Prefixes.Add(address + "/");
        listener.Start();
        return (listener, address);
    }

    /// <summary>Takes what comes for metrics until the listener is stopped.</summary>
    private static async Task ServeAsync(HttpListener listener, ConcurrentQueue<string> bodies)
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using MemoryStream body = new();
            await context.Request.InputStream.CopyToAsync(body);
            if (context.Request.Url!.AbsolutePath == "/v1/metrics")
            {
                bodies.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
            }

            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }
}
