using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Storage;
using Pipeline.Storage.Objects;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3;
using Pipeline.TestS3.Faults;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>The bucket of a cluster: our S3 server in this process, or as a process of its own that can be killed and started again on the same port and folder.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    public const string Bucket = "artefacts";
    private readonly ServerFolder folder = new("s3");
    private S3Server? server;
    private Process? process;

    private TestStore()
    {
    }

    public Uri Endpoint { get; private set; } = null!;

    public static async Task<TestStore> StartAsync(bool asProcess)
    {
        var store = new TestStore();
        if (asProcess)
        {
            // Not one that the system chooses: it might give the port to an outgoing connection while the server is down.
            await store.StartProcessAsync(FreePorts.Next());
        }
        else
        {
            store.server = await S3Server.StartAsync(new S3ServerOptions { Root = store.folder.Path, FlushToDisk = false });
            store.server.Storage.CreateBucket(Bucket);
            store.Endpoint = store.server.Endpoint;
        }

        return store;
    }

    /// <summary>Orders a fault.</summary>
    public async Task OrderAsync(Fault fault)
    {
        using var http = new HttpClient { BaseAddress = Endpoint };
        (await http.PostAsJsonAsync("_faults", fault)).EnsureSuccessStatusCode();
    }

    /// <summary>How many requests the ordered faults have hit (server in this process).</summary>
    public int Hits => server!.Faults.Hits;

    /// <summary>SIGKILL: what was acknowledged must be on the disk.</summary>
    public void Kill()
    {
        ProcessSignal.Kill(process!.Id);
        process.WaitForExit();
    }

    public Task StartAgainAsync() => StartProcessAsync(Endpoint.Port);

    /// <summary>Keys of all objects.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            using IObjectSpace space = ObjectSpaces.Open($"s3://{Bucket}", new StoreOptions { S3 = new S3Access { ServiceUrl = Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } });
            return [.. space.ListAsync("", null, default).ToBlockingEnumerable().Select(o => o.Key)];
        }
    }

    /// <summary>Flips a bit of an object behind the server's back; content comes first in its file. Returns whether the object was there.</summary>
    public bool TryFlipBit(string key)
    {
        string path = Path.Combine(folder.Path, "buckets", Bucket, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
        if (!File.Exists(path))
        {
            return false;
        }

        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        int value = file.ReadByte();
        file.Position = 0;
        file.WriteByte((byte)(value ^ 1));
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        if (process is { HasExited: false })
        {
            Kill();
        }

        process?.Dispose();
        await folder.DisposeAsync();
    }

    private async Task StartProcessAsync(int port)
    {
        ProcessStartInfo start = folder.Program(MoodpipeProcess.Executable, "dev", "s3", "--port", $"{port}", "--folder", folder.Path, "--bucket", Bucket);
        start.RedirectStandardOutput = true;
        process = Process.Start(start) ?? throw new InvalidOperationException("the store did not start");
        string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(6));
        Endpoint = new Uri(line?.Split('=')[1] ?? throw new InvalidOperationException("the store did not say where it is"));
    }
}
