using System.Diagnostics;
using Amazon.S3.Model;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3.Faults;

namespace Pipeline.Storage.Tests.S3;

public sealed class S3FaultTests : IDisposable
{
    private readonly S3Place place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(FaultAction.SlowDown)]
    [InlineData(FaultAction.Drop)]
    [InlineData(FaultAction.AcceptThenFail)]
    [InlineData(FaultAction.ExpireCredentials)]
    public async Task Twenty_faults_in_a_row_do_not_reach_the_caller(FaultAction action)
    {
        place.Server.Faults.Add(new Fault { Action = action, Count = 20 });
        S3ArtefactStore store = place.Open();
        BlobRef blob = await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        PublishedManifest manifest = await store.PublishManifestAsync(Program.Key(1), "m"u8.ToArray(), default);
        Assert.True(manifest.Won);
        Assert.Equal("hello"u8.ToArray(), await store.ReadBlobAsync(blob, 5, default));
        Assert.Equal("m"u8.ToArray(), await store.TryReadManifestAsync(Program.Key(1), default));
        Assert.Equal(20, place.Server.Faults.Hits);
    }

    [Fact]
    public async Task A_request_that_gets_no_answer_is_given_up_and_tried_again()
    {
        S3ArtefactStore store = place.Open(place.Options(requestTimeout: TimeSpan.FromMilliseconds(500)));
        place.Server.Faults.Add(new Fault { Action = FaultAction.Stall, Milliseconds = 600_000, Count = 2 });
        Assert.True((await store.PublishManifestAsync(Program.Key(1), "m"u8.ToArray(), default)).Won);
        Assert.Equal(2, place.Server.Faults.Hits);
    }

    [Fact]
    public async Task Who_published_but_was_told_500_has_won()
    {
        place.Server.Faults.Add(new Fault { Match = "PUT .*/cas/", Action = FaultAction.AcceptThenFail });
        S3ArtefactStore store = place.Open();
        Assert.True((await store.PublishManifestAsync(Program.Key(1), "same"u8.ToArray(), default)).Won);
        Assert.False((await store.PublishManifestAsync(Program.Key(1), "same"u8.ToArray(), default)).Won);
    }

    [Fact]
    public async Task Of_sixteen_racers_exactly_one_wins_while_answers_are_lost()
    {
        for (int round = 0; round < 5; round++)
        {
            place.Server.Faults.Clear();
            place.Server.Faults.Add(new Fault { Match = "PUT .*/cas/", Action = FaultAction.AcceptThenFail, Count = 10 });
            ManifestKey key = Program.Key(round);
            // All the same bytes: who won cannot be told from the content.
            PublishedManifest[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
                () => place.Open().PublishManifestAsync(key, "same"u8.ToArray(), default))));
            Assert.Single(results, r => r.Won);
            Assert.True(place.Server.Faults.Hits > 0);
        }
    }

    [Fact]
    public async Task A_bit_that_flips_on_the_way_is_found()
    {
        S3ArtefactStore store = place.Open();
        BlobRef blob = await store.PutBlobAsync(new byte[100_000], "x", default);
        await store.PublishManifestAsync(Program.Key(1), "manifest"u8.ToArray(), default);
        place.Server.Faults.Add(new Fault { Match = "^GET .*/blob/", Action = FaultAction.Corrupt, Bytes = 70_000 });
        place.Server.Faults.Add(new Fault { Match = "^GET .*/cas/", Action = FaultAction.Corrupt, Bytes = 3 });
        await Assert.ThrowsAsync<ArtefactCorruptException>(() => store.ReadBlobAsync(blob, 100_000, default));
        Assert.Equal(new byte[100_000], await store.ReadBlobAsync(blob, 100_000, default));
        Assert.Equal("manifest"u8.ToArray(), await store.TryReadManifestAsync(Program.Key(1), default));
        Assert.Equal(2, place.Server.Faults.Hits);
    }

    [Fact]
    public async Task A_manifest_that_is_corrupt_in_the_store_is_not_handed_out()
    {
        S3ArtefactStore store = place.Open();
        await store.PublishManifestAsync(Program.Key(1), "manifest"u8.ToArray(), default);
        place.Server.Faults.Add(new Fault { Match = "^GET .*/cas/", Action = FaultAction.Corrupt, Count = int.MaxValue });
        ArtefactStoreException e = await Assert.ThrowsAsync<ArtefactStoreException>(() => store.TryReadManifestAsync(Program.Key(1), default));
        Assert.Equal(ErrorCodes.ArtefactCorrupt, e.Code);
    }

    [Fact]
    public async Task An_object_that_was_stored_under_another_digest_is_not_handed_out()
    {
        S3ArtefactStore store = place.Open();
        await store.PublishManifestAsync(Program.Key(1), "manifest"u8.ToArray(), default);
        BlobRef blob = await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        foreach (string key in place.Server.Storage.List(S3Place.Bucket).Select(o => o.Key))
        {
            var put = new PutObjectRequest { BucketName = S3Place.Bucket, Key = key, ContentBody = "HELLO" };
            put.Metadata["sha256"] = new string('0', 64);
            await place.Client().PutObjectAsync(put);
        }

        ArtefactStoreException e = await Assert.ThrowsAsync<ArtefactStoreException>(() => store.TryReadManifestAsync(Program.Key(1), default));
        Assert.Equal(ErrorCodes.ArtefactCorrupt, e.Code);
        Assert.False(await store.HasBlobAsync(blob, default));
        await Assert.ThrowsAsync<ArtefactCorruptException>(() => store.OpenBlobAsync(blob, default));
        await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        Assert.Equal("hello"u8.ToArray(), await store.ReadBlobAsync(blob, 5, default));
    }

    [Fact]
    public async Task The_server_may_restart_in_the_middle_of_the_work()
    {
        S3ArtefactStore store = place.Open();
        byte[] large = new byte[6_000_000];
        new Xorshift(3).Fill(large);
        BlobRef before = await store.PutBlobAsync(large, "x", default);
        using Stream reading = await store.OpenBlobAsync(before, default);
        byte[] read = new byte[large.Length];
        await reading.ReadExactlyAsync(read.AsMemory(0, 100_000));

        await place.StopAsync();
        Task<BlobRef> put = store.PutBlobAsync("during"u8.ToArray(), "x", default);
        Task<PublishedManifest> publish = store.PublishManifestAsync(Program.Key(1), "m"u8.ToArray(), default);
        Task rest = reading.ReadExactlyAsync(read.AsMemory(100_000)).AsTask();
        await Task.Delay(1500);
        Assert.False(put.IsCompleted || publish.IsCompleted);
        await place.StartAgainAsync();

        Assert.True((await publish).Won);
        Assert.Equal("during"u8.ToArray(), await store.ReadBlobAsync(await put, 10, default));
        await rest;
        Assert.Equal(large, read);
    }

    [Fact]
    public async Task A_store_that_stays_away_is_a_transient_fault_that_names_it()
    {
        await place.StopAsync();
        S3ArtefactStore store = place.Open(place.Options(TimeSpan.FromMilliseconds(500)));
        ArtefactStoreException e = await Assert.ThrowsAsync<ArtefactStoreException>(() => store.TryReadManifestAsync(Program.Key(1), default));
        Assert.Equal((ErrorCodes.TransientIo, FaultClass.Transient), (e.Code, e.Class));
        Assert.Contains($"127.0.0.1:{place.Port}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_a_store_can_be_cancelled()
    {
        await place.StopAsync();
        S3ArtefactStore store = place.Open(place.Options(TimeSpan.FromMinutes(10)));
        using var source = new CancellationTokenSource(300);
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutBlobAsync("x"u8.ToArray(), "x", source.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Wrong_credentials_and_a_missing_bucket_are_faults_of_the_environment_at_once()
    {
        using S3ArtefactStore forger = place.Open(place.Options(TimeSpan.FromMinutes(10), secret: "wrong"));
        ArtefactStoreException e = await Assert.ThrowsAsync<ArtefactStoreException>(() => forger.PutBlobAsync("x"u8.ToArray(), "x", default));
        Assert.Equal((ErrorCodes.EnvironmentFault, FaultClass.Environment), (e.Code, e.Class));

        using var lost = new S3ArtefactStore(new S3StoreOptions { Bucket = "nowhere", ServiceUrl = place.Server.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" });
        e = await Assert.ThrowsAsync<ArtefactStoreException>(() => lost.TryReadManifestAsync(Program.Key(1), default));
        Assert.Equal(FaultClass.Environment, e.Class);
        Assert.Contains("nowhere", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("test-secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_cannot_work_are_refused_at_once()
    {
        Assert.Throws<ArtefactStoreException>(() => new S3ArtefactStore(new S3StoreOptions { Bucket = "" }));
        Assert.Throws<ArtefactStoreException>(() => new S3ArtefactStore(new S3StoreOptions { Bucket = "b", PartBytes = 1 << 20 }));
        Assert.Throws<ArtefactStoreException>(() => new S3ArtefactStore(new S3StoreOptions { Bucket = "b", AccessKey = "a" }));
    }
}
