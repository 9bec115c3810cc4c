using Pipeline.Storage.Diagnostics;
using Pipeline.Storage.S3;
using Pipeline.Storage.Tests.S3;
using Pipeline.TestKit;
using Pipeline.TestS3;
using Pipeline.TestS3.Faults;

namespace Pipeline.Storage.Tests;

public sealed class StorageExaminationTests : IDisposable
{
    private readonly S3Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_good_bucket_passes_and_nothing_is_left_in_it()
    {
        IReadOnlyList<StorageCapability> results = await ExamineAsync();
        Assert.All(results, r => Assert.Equal((r.Name, CapabilityStatus.Ok), (r.Name, r.Status)));
        Assert.Equal(
            ["clock", "access", "round trip", "range read", "list after write", "conditional write", "multipart upload", "renewal", "odd keys", "delete"], results.Select(r => r.Name));
        Assert.Empty(place.Server.Storage.List(S3Place.Bucket));
        Assert.Equal(0, place.Server.Storage.UnfinishedUploads(S3Place.Bucket));
    }

    [Fact]
    public async Task A_good_folder_passes_and_nothing_is_left_in_it()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<StorageCapability> results = await StorageExamination.RunAsync(StoreAddress.Parse(folder.File("store")), new StoreOptions(), default);
        Assert.All(results.Where(r => r.Name != "space"), r => Assert.Equal((r.Name, CapabilityStatus.Ok), (r.Name, r.Status)));
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_fails()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        StorageCapability result = Assert.Single(await StorageExamination.RunAsync(StoreAddress.Parse(folder.File("file/store")), new StoreOptions(), default));
        Assert.Equal(("access", CapabilityStatus.Failed), (result.Name, result.Status));
    }

    [Theory]
    [InlineData("test-access", "wrong", "secret key")]
    [InlineData("nobody", "test-secret", "access key")]
    public async Task Wrong_credentials_are_named_and_end_the_examination(string access, string secret, string remedy)
    {
        IReadOnlyList<StorageCapability> results = await ExamineAsync(access, secret);
        Assert.Equal(["clock", "access"], results.Select(r => r.Name));
        Assert.Equal(CapabilityStatus.Failed, results[1].Status);
        Assert.Contains(remedy, results[1].Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("test-secret", results[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_bucket_and_a_store_that_is_not_there_are_told_apart()
    {
        StorageCapability bucket = (await ExamineAsync(bucket: "nowhere"))[1];
        Assert.Contains("create the bucket", bucket.Remedy, StringComparison.Ordinal);
        await place.StopAsync();
        StorageCapability gone = Assert.Single(await ExamineAsync());
        Assert.Equal(("access", CapabilityStatus.Failed), (gone.Name, gone.Status));
        Assert.Contains("does not answer", gone.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-20)]
    [InlineData(20)]
    public async Task A_clock_that_is_wrong_is_found(int minutes)
    {
        using var folder = new TemporaryFolder();
        await using S3Server server = await S3Server.StartAsync(new S3ServerOptions { Root = folder.Path, FlushToDisk = false, Time = new Shifted(TimeSpan.FromMinutes(minutes)) });
        server.Storage.CreateBucket(S3Place.Bucket);
        IReadOnlyList<StorageCapability> results = await ExamineAsync(endpoint: server.Endpoint);
        Assert.Equal(("clock", CapabilityStatus.Failed), (results[0].Name, results[0].Status));
        Assert.Contains(minutes > 0 ? "behind" : "ahead", results[0].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET .*/sample", FaultAction.Corrupt, "round trip", CapabilityStatus.Failed)]
    [InlineData("GET .*/parts", FaultAction.Corrupt, "multipart upload", CapabilityStatus.Failed)]
    [InlineData("PUT .*/race", FaultAction.IgnoreConditions, "conditional write", CapabilityStatus.Degraded)]
    [InlineData("GET .*list-type", FaultAction.StaleList, "list after write", CapabilityStatus.Degraded)]
    public async Task A_store_that_misbehaves_is_found(string match, FaultAction action, string name, CapabilityStatus status)
    {
        place.Server.Faults.Add(new Fault { Match = match, Action = action, Count = 1000, Bytes = 1500 });
        StorageCapability result = (await ExamineAsync()).Single(r => r.Name == name);
        Assert.Equal(status, result.Status);
        Assert.NotNull(result.Remedy);
    }

    private Task<IReadOnlyList<StorageCapability>> ExamineAsync(string access = "test-access", string secret = "test-secret", string bucket = S3Place.Bucket, Uri? endpoint = null) =>
        StorageExamination.RunAsync(StoreAddress.Parse($"s3://{bucket}/run"), new StoreOptions
        {
            S3 = new S3Access { ServiceUrl = endpoint ?? place.Server.Endpoint, AccessKey = access, SecretKey = secret }, RetryFor = TimeSpan.FromSeconds(1),
        }, default);

    private sealed class Shifted(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
