using Amazon.S3;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3;

namespace Pipeline.Storage.Tests.S3;

/// <summary>A server of its own for one test, with one bucket; it can be stopped and started again on the same port and folder.</summary>
internal sealed class S3Place : IDisposable
{
    public const string Bucket = "artefacts";
    private readonly TemporaryFolder folder = new();
    private readonly List<IDisposable> opened = [];

    public S3Place()
    {
        Server = StartAsync(0).GetAwaiter().GetResult();
        Port = Server.Endpoint.Port;
        Server.Storage.CreateBucket(Bucket);
    }

    public S3Server Server { get; private set; }

    public int Port { get; }

    public S3StoreOptions Options(TimeSpan? retryFor = null, string secret = "test-secret", string prefix = "run/", TimeSpan? requestTimeout = null, TimeProvider? time = null) => new()
    {
        Bucket = Bucket,
        Prefix = prefix,
        ServiceUrl = new Uri($"http://127.0.0.1:{Port}"),
        AccessKey = "test-access",
        SecretKey = secret,
        PartBytes = 5 << 20,
        SpoolFolder = folder.Path,
        RequestTimeout = requestTimeout ?? TimeSpan.FromSeconds(100),
        RetryFor = retryFor ?? TimeSpan.FromSeconds(30),
        FirstRetryDelay = TimeSpan.FromMilliseconds(20),
        MaxRetryDelay = TimeSpan.FromMilliseconds(200),
        Time = time ?? TimeProvider.System,
    };

    public S3ArtefactStore Open(S3StoreOptions? options = null)
    {
        var store = new S3ArtefactStore(options ?? Options());
        opened.Add(store);
        return store;
    }

    /// <summary>The SDK's client as a user of other stores would configure it.</summary>
    public AmazonS3Client Client(Action<AmazonS3Config>? configure = null, string access = "test-access", string secret = "test-secret")
    {
        var config = new AmazonS3Config { ServiceURL = $"http://127.0.0.1:{Port}", ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 };
        configure?.Invoke(config);
        var client = new AmazonS3Client(access, secret, config);
        opened.Add(client);
        return client;
    }

    public async Task StopAsync() => await Server.DisposeAsync();

    public async Task StartAgainAsync() => Server = await StartAsync(Port);

    public string SpoolFolder => folder.Path;

    public string[] Spooled() => Directory.GetFiles(folder.Path);

    public void Dispose()
    {
        opened.ForEach(o => o.Dispose());
        Server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        folder.Dispose();
    }

    private Task<S3Server> StartAsync(int port) => S3Server.StartAsync(new S3ServerOptions { Root = folder.File("server"), Port = port, FlushToDisk = false });
}
