using System.Diagnostics;
using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.TestKit;
using Pipeline.TestS3;
using Pipeline.TestServers.Postgres;
using Pipeline.TestServers.Processes;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>The commands of docs/cluster.md, run as they are written: coordinator and five workers as processes, over RabbitMQ, S3 and PostgreSQL, with the shipped tiny family and real pictures.</summary>
public sealed class ClusterDocsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task Five_worker_processes_make_the_bytes_of_the_embedded_run_by_the_documented_commands()
    {
        var folder = new ServerFolder("docs");
        var output = new StringBuilder();
        RabbitNode node = await SharedRabbit.NodeAsync();
        string vhost = await node.CreateVhostAsync("docs");
        PostgresServer postgres = await SharedPostgres.ServerAsync();
        string database = await postgres.CreateDatabaseAsync("docs");
        S3Server s3 = await S3Server.StartAsync(new S3ServerOptions { Root = folder.File("s3"), FlushToDisk = false });
        try
        {
            s3.Storage.CreateBucket("artefacts");
            foreach (string shared in new[] { "models", "samples" })
            {
                Directory.CreateSymbolicLink(folder.File(shared), Path.Combine(Fixtures.RepositoryRoot, shared));
            }

            var environment = new Dictionary<string, string>
            {
                ["MOODPIPE_BROKER"] = $"amqp://127.0.0.1:{node.Port}/{vhost}", ["MOODPIPE_BROKER_USER"] = RabbitNode.User, ["MOODPIPE_BROKER_PASSWORD"] = RabbitNode.Password,
                ["MOODPIPE_BROKER_MANAGEMENT"] = node.Management.Address.AbsoluteUri, ["MOODPIPE_STORE"] = "s3://artefacts/moodpipe", ["MOODPIPE_S3_ENDPOINT"] = s3.Endpoint.GetLeftPart(UriPartial.Authority),
                ["MOODPIPE_S3_ACCESS_KEY"] = "test-access", ["MOODPIPE_S3_SECRET_KEY"] = "test-secret", ["MOODPIPE_LEDGER"] = $"postgres://{PostgresServer.User}@127.0.0.1:{postgres.Port}/{database}",
                ["MOODPIPE_LEDGER_PASSWORD"] = PostgresServer.Password, ["OMP_NUM_THREADS"] = "1", ["OMP_WAIT_POLICY"] = "PASSIVE", ["NO_COLOR"] = "1",
            };
            string address = $"127.0.0.1:{FreePorts.Next()}";
            environment["MOODPIPE_SERVER"] = $"http://{address}";
            foreach (string line in Commands())
            {
                await RunAsync(folder, line.Replace("127.0.0.1:7300", address, StringComparison.Ordinal), environment, output);
            }

            await RunAsync(folder, "moodpipe run samples/photos --emotions joy,sadness --steps 2 --limit 2 --models models/tiny --out embedded --threads 1", environment, output);
            SortedDictionary<string, string> embedded = DataSet(folder.File("embedded")), cluster = DataSet(folder.File("results", "first"));
            Assert.Equal(4, embedded.Keys.Count(k => k.StartsWith("images", StringComparison.Ordinal)));
            Assert.Equal(embedded, cluster);
            Assert.Equal(4, Directory.GetFiles(folder.File("train", "images"), "*.png", SearchOption.AllDirectories).Length);
            Assert.Contains("4 items (100 %) are stored completely", All(output), StringComparison.Ordinal);
        }
        finally
        {
            await s3.DisposeAsync();
            await folder.DisposeAsync();
            await node.Management.DeleteVhostAsync(vhost);
        }
    }

    private static string[] Commands()
    {
        string text = File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "docs", "cluster.md"));
        string block = text.Split("<!-- run -->")[1].Split("```")[1];
        string[] lines = [.. block.Split('\n').Where(l => l.StartsWith("moodpipe ", StringComparison.Ordinal))];
        Assert.Equal(5, lines.Count(l => l.StartsWith("moodpipe worker", StringComparison.Ordinal)));
        return lines;
    }

    private static async Task RunAsync(ServerFolder folder, string line, Dictionary<string, string> environment, StringBuilder output)
    {
        bool goesOn = line.EndsWith(" &", StringComparison.Ordinal);
        ProcessStartInfo start = folder.Program(MoodpipeProcess.Executable, [.. line.TrimEnd('&', ' ').Split(' ').Skip(1)]);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("the command did not start");
        process.OutputDataReceived += (_, data) => Note(output, line, data.Data);
        process.ErrorDataReceived += (_, data) => Note(output, line, data.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Limit);
        if (goesOn)
        {
            // Whoever types has waited for the coordinator's line before the next command.
            while (line.Contains(" serve ", StringComparison.Ordinal) && !All(output).Contains("| serves http", StringComparison.Ordinal))
            {
                Assert.False(process.HasExited || patience.IsCancellationRequested, $"'{line}' does not serve\n{All(output)}");
                await Task.Delay(100);
            }

            return;
        }

        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"'{line}' did not end\n{All(output)}");
        }

        Assert.True(process.ExitCode == 0, $"'{line}' ended with {process.ExitCode}\n{All(output)}");
    }

    private static string All(StringBuilder output)
    {
        lock (output)
        {
            return output.ToString();
        }
    }

    private static void Note(StringBuilder output, string line, string? text)
    {
        lock (output)
        {
            output.AppendLine($"{line[..Math.Min(line.Length, 28)],-28} | {text}");
        }
    }

    private static SortedDictionary<string, string> DataSet(string root)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string[] parts = ["images", "masks"];
        foreach (string path in parts.Select(p => Path.Combine(root, p)).SelectMany(p => Directory.EnumerateFiles(p, "*", SearchOption.AllDirectories)).Append(Path.Combine(root, "metadata.jsonl")))
        {
            files[Path.GetRelativePath(root, path)] = Sha256Digest.Of(File.ReadAllBytes(path));
        }

        return files;
    }
}
