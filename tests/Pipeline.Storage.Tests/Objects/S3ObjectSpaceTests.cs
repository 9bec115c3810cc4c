using Amazon.S3.Model;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.Objects;
using Pipeline.Storage.S3;
using Pipeline.Storage.Tests.S3;
using Pipeline.TestS3.Faults;

namespace Pipeline.Storage.Tests.Objects;

public sealed class S3ObjectSpaceTests : ObjectSpaceContract, IDisposable
{
    private readonly S3Place place = new();

    public S3ObjectSpaceTests() => Space = Open($"s3://{S3Place.Bucket}/some/place");

    protected override IObjectSpace Space { get; }

    public void Dispose()
    {
        Space.Dispose();
        Assert.Empty(place.Spooled());
        place.Dispose();
    }

    [Fact]
    public async Task Broken_connections_are_ridden_out_and_a_changed_object_is_not_mixed_with_its_elder()
    {
        byte[] content = new byte[3_000_000];
        await Space.PutAsync("x", content, "x", default);
        place.Server.Faults.Add(new Fault { Match = "^GET", Action = FaultAction.Drop, Bytes = 1_000_000, Count = 2 });
        Assert.Equal(content, await Space.TryReadAsync("x", content.Length, default));

        place.Server.Faults.Clear();
        place.Server.Faults.Add(new Fault { Match = "^GET", Action = FaultAction.Drop, Bytes = 1_000_000 });
        await using ObjectContent? opened = await Space.TryOpenAsync("x", default);
        await opened!.Stream.ReadExactlyAsync(new byte[100_000]);
        content[^1] = 1;
        await Space.PutAsync("x", content, "x", default);
        ArtefactStoreException e = await Assert.ThrowsAsync<ArtefactStoreException>(() => opened.Stream.CopyToAsync(Stream.Null));
        Assert.Equal(FaultClass.Transient, e.Class);
        Assert.Contains("changed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_no_folder_could_hold_are_listed_as_they_are()
    {
        string[] hostile = ["some/place/../escape.png", "some/place//x", "some/place/a\u0001b\tc", "some/place/a<&>\"'", "some/place/ü€😀"];
        foreach (string key in hostile)
        {
            await place.Client().PutObjectAsync(new PutObjectRequest { BucketName = S3Place.Bucket, Key = key.Replace("..", "%2e%2e"), ContentBody = "x" });
        }

        var keys = new List<string>();
        await foreach (ObjectEntry entry in Space.ListAsync("", null, default))
        {
            keys.Add(entry.Key);
        }

        Assert.Equal(hostile.Select(k => k["some/place/".Length..].Replace("..", "%2e%2e")).Order(StringComparer.Ordinal), keys);
    }

    [Fact]
    public async Task A_listing_of_many_pages_is_complete()
    {
        string[] keys = [.. Enumerable.Range(0, 2300).Select(i => $"k{i:d5}")];
        await Parallel.ForEachAsync(keys, async (k, c) => await Space.PutAsync(k, "x"u8.ToArray(), "x", c));
        int count = 0;
        await foreach (ObjectEntry entry in Space.ListAsync("", "k00009", default))
        {
            Assert.Equal(keys[10 + count++], entry.Key);
        }

        Assert.Equal(2290, count);
        await Space.DeleteAsync(keys, default);
        Assert.Empty(place.Server.Storage.List(S3Place.Bucket));
    }

    [Fact]
    public async Task A_bucket_that_does_not_exist_is_told_from_credentials_that_are_wrong()
    {
        using IObjectSpace nowhere = Open("s3://nowhere");
        ObjectDeniedException e = await Assert.ThrowsAsync<ObjectDeniedException>(() => nowhere.TryOpenAsync("x", default));
        Assert.Contains("nowhere", e.Message, StringComparison.Ordinal);
        using IObjectSpace forger = Open($"s3://{S3Place.Bucket}", "wrong");
        ArtefactStoreException refused = await Assert.ThrowsAsync<ArtefactStoreException>(() => forger.TryOpenAsync("x", default));
        Assert.Equal(FaultClass.Environment, refused.Class);
        Assert.DoesNotContain("test-secret", refused.ToString(), StringComparison.Ordinal);
    }

    private IObjectSpace Open(string address, string secret = "test-secret") => ObjectSpaces.Open(address, new StoreOptions
    {
        S3 = new S3Access { ServiceUrl = place.Server.Endpoint, AccessKey = "test-access", SecretKey = secret },
        SpoolFolder = place.SpoolFolder,
        RetryFor = TimeSpan.FromSeconds(30),
        FirstRetryDelay = TimeSpan.FromMilliseconds(20),
    });
}
