using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pipeline.FakeWorker;
using Pipeline.Hosting.Connections;
using Pipeline.TestKit;
using Pipeline.TestS3;
using Pipeline.TestServers.Postgres;
using Pipeline.TestServers.Processes;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Benchmarks;

/// <summary>A large job of empty work through a whole installation: resident memory of the coordinator and of two workers, from the first item to the last.</summary>
internal static class ClusterMemoryBenchmarks
{
    private const string JobId = "memory";
    private const int Tenths = 10;
    private static readonly string[] Emotions = ["joy", "sadness", "fear", "anger", "awe", "disgust", "contentment", "excitement"];
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <param name="items">Items of the job.</param>
    /// <param name="inBucket">Whether artefacts go to the S3 test server; otherwise to a folder, at several times the rate.</param>
    public static async Task RunAsync(int items, bool inBucket)
    {
        int pictures = items / Emotions.Length;
        await using var folder = new ServerFolder("memory");
        await using RabbitNode node = await RabbitNode.StartAsync();
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        BrokerOptions broker = await BusBenchmarks.DeployedAsync(node);
        await using S3Server s3 = await S3Server.StartAsync(new S3ServerOptions { Root = folder.File("s3"), FlushToDisk = false });
        s3.Storage.CreateBucket("artefacts");
        var place = new Place(folder, broker, inBucket ? "s3://artefacts/moodpipe" : folder.File("artefacts"), s3.Endpoint.GetLeftPart(UriPartial.Authority));
        using Process coordinator = StartCoordinator(place, postgres.ConnectionString(await postgres.CreateDatabaseAsync("memory")), out Uri server);
        using var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) };
        await UntilAnswersAsync(http);
        await SubmitAsync(folder, http, pictures);
        using Process first = StartWorker(place, "w1"), second = StartWorker(place, "w2");
        await WatchAsync(http, pictures * Emotions.Length, [coordinator, first, second]);
    }

    private static async Task WatchAsync(HttpClient http, int items, Process[] processes)
    {
        Console.WriteLine($"{items} items of {Emotions.Length} emotions a picture; mean resident MB in each tenth of the job");
        Console.WriteLine("items done   coordinator   worker 1   worker 2   seconds");
        var samples = new List<double[]>();
        long start = Stopwatch.GetTimestamp();
        int tenth = 0;
        for (bool ended = false; !ended;)
        {
            await Task.Delay(Pause);
            using JsonDocument job = JsonDocument.Parse(await http.GetStringAsync(new Uri($"jobs/{JobId}", UriKind.Relative)));
            ended = job.RootElement.GetProperty("ended").GetBoolean();
            long done = job.RootElement.GetProperty("states").TryGetProperty("done", out JsonElement value) ? value.GetInt64() : 0;
            samples.Add([.. processes.Select(Resident)]);
            if (ended || done * Tenths >= (tenth + 1L) * items)
            {
                tenth = (int)(done * Tenths / items);
                string means = string.Join("   ", Enumerable.Range(0, processes.Length).Select(p => $"{samples.Average(s => s[p]),8:F0}"));
                Console.WriteLine($"{done,10}   {means}   {Stopwatch.GetElapsedTime(start).TotalSeconds,8:F0}{(ended ? "   ended: " + job.RootElement.GetProperty("state").GetString() : "")}");
                samples.Clear();
            }
        }

        Console.WriteLine($"at most    {string.Join("   ", processes.Select(p => $"{Status(p, "VmHWM"),8:F0}"))}");
    }

    private static double Resident(Process process) => Status(process, "VmRSS");

    // setsid replaces itself by the program: the process that was started is the one to read.
    private static double Status(Process process, string field) =>
        double.Parse(File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static async Task SubmitAsync(ServerFolder folder, HttpClient http, int pictures)
    {
        string emotions = string.Join(',', Emotions.Select(e => $"\"{e}\""));
        await using (StreamWriter manifest = File.CreateText(folder.File("manifest.jsonl")))
        {
            for (int i = 0; i < pictures; i++)
            {
                await File.WriteAllTextAsync(folder.File($"p{i}.bin"), $"picture {i}");
                await manifest.WriteLineAsync($$"""{"id":"p{{i}}","image":"p{{i}}.bin","emotions":[{{emotions}}]}""");
            }
        }

        using var content = new StreamContent(File.OpenRead(folder.File("manifest.jsonl")));
        using HttpResponseMessage response = await http.PostAsync(new Uri($"jobs?id={JobId}&sourceBase={Uri.EscapeDataString(folder.Path)}", UriKind.Relative), content);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        }
    }

    private static async Task UntilAnswersAsync(HttpClient http)
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                (await http.GetAsync(new Uri("health/live", UriKind.Relative))).EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (tries < 300)
            {
                await Task.Delay(200);
            }
        }
    }

    private static Process StartCoordinator(Place place, string ledger, out Uri server)
    {
        (ServerFolder folder, BrokerOptions broker, string store, string s3) = place;
        server = new Uri($"http://127.0.0.1:{FreePorts.Next()}/");
        ProcessStartInfo start = folder.Program(MoodpipeProcess.Executable, "serve", "--out", folder.File("out"), "--http", server.AbsoluteUri);
        start.RedirectStandardOutput = true;
        foreach ((string name, string value) in new (string, string)[]
        {
            ("BROKER", $"{broker}"), ("BROKER_USER", RabbitNode.User), ("BROKER_PASSWORD", RabbitNode.Password), ("BROKER_MANAGEMENT", string.Join(',', broker.Management)),
            ("STORE", store), ("S3_ENDPOINT", s3), ("S3_ACCESS_KEY", "test-access"), ("S3_SECRET_KEY", "test-secret"), ("LEDGER", ledger),
        })
        {
            start.Environment[$"MOODPIPE_{name}"] = value;
        }

        return Started(start);
    }

    private static Process StartWorker(Place place, string id)
    {
        (ServerFolder folder, BrokerOptions broker, string store, string s3) = place;
        string file = folder.File($"{id}.json");
        new FakeWorkerSettings
        {
            WorkerId = id, BrokerPorts = [.. broker.Nodes.Select(n => n.Port)], Management = [.. broker.Management.Select(a => a.AbsoluteUri)], VirtualHost = broker.VirtualHost, User = RabbitNode.User, Password = RabbitNode.Password,
            Store = store, S3Endpoint = s3, AccessKey = "test-access", SecretKey = "test-secret", Sources = folder.Path, ComputeMs = 0, Forgetful = true,
            HeartbeatSeconds = 30, ComputeLog = "/dev/null",
        }.Save(file);
        ProcessStartInfo start = folder.Program("dotnet", typeof(FakeWorkerSettings).Assembly.Location, file);
        start.RedirectStandardOutput = true;
        return Started(start);
    }

    // What they say is not shown, but read: a full pipe would stop them.
    private static Process Started(ProcessStartInfo start)
    {
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Where the installation is.</summary>
    private sealed record Place(ServerFolder Folder, BrokerOptions Broker, string Store, string S3);
}
