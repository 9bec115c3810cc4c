using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3.Faults;

namespace Pipeline.Storage.Tests.S3;

public sealed class S3LargeBlobTests : IDisposable
{
    private readonly S3Place place = new();
    private readonly byte[] content = new byte[12_345_678];

    public S3LargeBlobTests() => new Xorshift(7).Fill(content);

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(5 << 20, false)]
    [InlineData((5 << 20) + 1, true)]
    [InlineData(10 << 20, true)]
    [InlineData(12_345_678, true)]
    public async Task Content_larger_than_a_part_goes_in_parts_and_comes_back(int size, bool inParts)
    {
        S3ArtefactStore store = place.Open();
        byte[] part = content[..size];
        BlobRef blob = await store.PutBlobAsync(part, "x", default);
        Assert.Equal(Sha256Digest.Of(part), blob.Sha256);
        Assert.Equal(part, await store.ReadBlobAsync(blob, size, default));
        var stored = Assert.Single(place.Server.Storage.List(S3Place.Bucket));
        Assert.Equal(inParts, stored.ETag.EndsWith($"-{(size + (5 << 20) - 1) / (5 << 20)}", StringComparison.Ordinal));
        Assert.Equal(blob.Sha256, stored.Metadata["sha256"]);
        Assert.Empty(place.Spooled());
    }

    [Theory]
    [InlineData("PUT .*partNumber=2", FaultAction.SlowDown)]
    [InlineData("PUT .*partNumber=2", FaultAction.Drop)]
    [InlineData("PUT .*partNumber=3", FaultAction.AcceptThenFail)]
    [InlineData("POST .*uploads", FaultAction.SlowDown)]
    [InlineData("POST .*uploadId=", FaultAction.SlowDown)]
    [InlineData("POST .*uploadId=", FaultAction.AcceptThenFail)]
    public async Task A_fault_anywhere_in_an_upload_is_ridden_out(string match, FaultAction action)
    {
        place.Server.Faults.Add(new Fault { Match = match, Action = action, Count = 3, Bytes = 1_000_000 });
        S3ArtefactStore store = place.Open();
        BlobRef blob = await store.PutBlobAsync(content, "x", default);
        Assert.InRange(place.Server.Faults.Hits, 1, 3);
        Assert.Equal(content, await store.ReadBlobAsync(blob, content.Length, default));
        Assert.Equal(0, place.Server.Storage.UnfinishedUploads(S3Place.Bucket));
    }

    [Fact]
    public async Task An_upload_outlives_a_restart_of_the_server()
    {
        S3ArtefactStore store = place.Open();
        place.Server.Faults.Add(new Fault { Match = "PUT .*partNumber=2", Action = FaultAction.Stall, Milliseconds = 600_000 });
        Task<BlobRef> put = store.PutBlobAsync(content, "x", default);
        while (place.Server.Faults.Hits == 0)
        {
            await Task.Delay(20);
        }

        await place.StopAsync();
        await Task.Delay(500);
        Assert.False(put.IsCompleted);
        await place.StartAgainAsync();
        Assert.Equal(content, await store.ReadBlobAsync(await put, content.Length, default));
        Assert.Equal(0, place.Server.Storage.UnfinishedUploads(S3Place.Bucket));
    }

    [Fact]
    public async Task An_upload_that_fails_for_good_leaves_nothing_unfinished()
    {
        place.Server.Faults.Add(new Fault { Match = "PUT .*partNumber=2", Action = FaultAction.SlowDown, Count = int.MaxValue });
        S3ArtefactStore store = place.Open(place.Options(TimeSpan.FromMilliseconds(300)));
        ArtefactStoreException e = await Assert.ThrowsAsync<ArtefactStoreException>(() => store.PutBlobAsync(content, "x", default));
        Assert.Equal((ErrorCodes.TransientIo, FaultClass.Transient), (e.Code, e.Class));
        Assert.Equal(0, place.Server.Storage.UnfinishedUploads(S3Place.Bucket));
        Assert.Empty(place.Server.Storage.List(S3Place.Bucket));
        Assert.Empty(place.Spooled());
    }

    [Fact]
    public async Task Reading_goes_on_where_the_connection_broke()
    {
        S3ArtefactStore store = place.Open();
        BlobRef blob = await store.PutBlobAsync(content, "x", default);
        place.Server.Faults.Add(new Fault { Match = "^GET ", Action = FaultAction.Drop, Bytes = 3_000_000, Count = 3 });
        Assert.Equal(content, await store.ReadBlobAsync(blob, content.Length, default));
        Assert.Equal(3, place.Server.Faults.Hits);
    }

    [Fact]
    public async Task A_flipped_bit_is_found_where_the_ETag_is_no_digest()
    {
        S3ArtefactStore store = place.Open();
        BlobRef blob = await store.PutBlobAsync(content, "x", default);
        place.Server.Faults.Add(new Fault { Match = "^GET ", Action = FaultAction.Corrupt, Bytes = 7_000_000 });
        await Assert.ThrowsAsync<ArtefactCorruptException>(() => store.ReadBlobAsync(blob, content.Length, default));
        Assert.Equal(content, await store.ReadBlobAsync(blob, content.Length, default));
    }
}
