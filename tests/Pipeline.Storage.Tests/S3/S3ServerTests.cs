using System.Net;
using System.Net.Http.Json;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Pipeline.TestKit;
using Pipeline.TestS3.Faults;

namespace Pipeline.Storage.Tests.S3;

/// <summary>The test server as the SDK sees it: what the store's tests rest on.</summary>
public sealed class S3ServerTests : IDisposable
{
    private const string Bucket = S3Place.Bucket;
    private readonly S3Place place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Every_way_of_sending_content_stores_the_content_and_nothing_else(bool chunked, bool checksum)
    {
        RequestChecksumCalculation mode = checksum ? RequestChecksumCalculation.WHEN_SUPPORTED : RequestChecksumCalculation.WHEN_REQUIRED;
        AmazonS3Client client = place.Client(c => c.RequestChecksumCalculation = mode);
        byte[] content = new byte[200_000];
        new Xorshift(5).Fill(content);
        foreach (int size in new[] { 0, 1, 65_536, 200_000 })
        {
            await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", InputStream = new MemoryStream(content, 0, size), UseChunkEncoding = chunked });
            Assert.Equal(content[..size], await ReadAsync(client, "k"));
            Assert.Equal(content[..size], File.ReadAllBytes(place.Server.Storage.FileOf(Bucket, "k"))[..size]);
        }
    }

    [Theory]
    [InlineData("CRC32")]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    public async Task Trailing_checksums_are_checked(string algorithm)
    {
        AmazonS3Client client = place.Client();
        await client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket, Key = "k", InputStream = new MemoryStream("content"u8.ToArray()), ChecksumAlgorithm = ChecksumAlgorithm.FindValue(algorithm),
        });
        Assert.Equal("content"u8.ToArray(), await ReadAsync(client, "k"));
    }

    [Fact]
    public async Task Content_that_is_not_what_its_checksum_says_is_refused_and_not_kept()
    {
        AmazonS3Client client = place.Client();
        AmazonS3Exception e = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket, Key = "k", InputStream = new MemoryStream("content"u8.ToArray()), ChecksumSHA256 = Convert.ToBase64String(new byte[32]),
        }));
        Assert.Equal("BadDigest", e.ErrorCode);
        Assert.Empty(place.Server.Storage.List(Bucket));
    }

    [Theory]
    [InlineData(true, "SignatureDoesNotMatch")] // each chunk is signed
    [InlineData(false, "XAmzContentSHA256Mismatch")] // the digest of the whole is signed
    public async Task Content_that_changes_on_the_way_is_refused_and_not_kept(bool chunked, string code)
    {
        AmazonS3Client client = place.Client(c => c.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED);
        place.Server.Faults.Add(new Fault { Match = "^PUT", Action = FaultAction.Corrupt, Bytes = 150_000 });
        AmazonS3Exception e = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(
            new PutObjectRequest { BucketName = Bucket, Key = "k", InputStream = new MemoryStream(new byte[200_000]), UseChunkEncoding = chunked }));
        Assert.Equal(code, e.ErrorCode);
        Assert.Empty(place.Server.Storage.List(Bucket));
    }

    [Theory]
    [InlineData("test-access", "wrong", "SignatureDoesNotMatch")]
    [InlineData("nobody", "test-secret", "InvalidAccessKeyId")]
    public async Task Wrong_credentials_are_refused(string access, string secret, string code)
    {
        AmazonS3Client client = place.Client(access: access, secret: secret);
        AmazonS3Exception e = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "x" }));
        Assert.Equal((HttpStatusCode.Forbidden, code), (e.StatusCode, e.ErrorCode));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(new Uri(place.Server.Endpoint, $"{Bucket}/k"))).StatusCode);
    }

    [Fact]
    public async Task A_presigned_address_works_until_it_is_changed_or_expires()
    {
        AmazonS3Client client = place.Client();
        await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "a b+c", ContentBody = "x" });
        string Presign(DateTime expires) => client.GetPreSignedURL(new GetPreSignedUrlRequest { BucketName = Bucket, Key = "a b+c", Expires = expires, Protocol = Protocol.HTTP });
        using var http = new HttpClient();
        string good = Presign(DateTime.UtcNow.AddMinutes(5));
        Assert.Equal("x", await http.GetStringAsync(new Uri(good)));
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(new Uri(good.Replace("a%20b", "a%20c", StringComparison.Ordinal)))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(new Uri(good + "0"))).StatusCode);
    }

    [Fact]
    public async Task Conditional_writes_hold()
    {
        AmazonS3Client client = place.Client();
        PutObjectResponse first = await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "1", IfNoneMatch = "*" });
        await Refused(() => client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "2", IfNoneMatch = "*" }));
        await Refused(() => client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "2", IfMatch = "\"0123\"" }));
        await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "3", IfMatch = first.ETag });
        Assert.Equal("3"u8.ToArray(), await ReadAsync(client, "k"));

        static async Task Refused(Func<Task> put) => Assert.Equal(HttpStatusCode.PreconditionFailed, (await Assert.ThrowsAsync<AmazonS3Exception>(put)).StatusCode);
    }

    [Fact]
    public async Task Metadata_ranges_copies_and_odd_keys_work()
    {
        const string key = "ordner/ü 1+%&=?#~/☃.json";
        AmazonS3Client client = place.Client();
        var put = new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = "0123456789", ContentType = "text/x" };
        put.Metadata["colour"] = "red";
        await client.PutObjectAsync(put);
        GetObjectMetadataResponse head = await client.GetObjectMetadataAsync(Bucket, key);
        Assert.Equal((10L, "red", "text/x"), (head.ContentLength, head.Metadata["colour"], head.Headers.ContentType));
        using GetObjectResponse range = await client.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = key, ByteRange = new ByteRange(2, 4) });
        Assert.Equal((HttpStatusCode.PartialContent, "234"), (range.HttpStatusCode, await new StreamReader(range.ResponseStream).ReadToEndAsync()));
        await client.CopyObjectAsync(Bucket, key, Bucket, "copy");
        Assert.Equal("red", (await client.GetObjectMetadataAsync(Bucket, "copy")).Metadata["colour"]);
        Assert.Equal("NoSuchKey", (await Assert.ThrowsAsync<NoSuchKeyException>(() => client.GetObjectAsync(Bucket, "none"))).ErrorCode);
    }

    [Fact]
    public async Task Lists_come_in_pages_and_groups_and_many_keys_go_at_once()
    {
        AmazonS3Client client = place.Client();
        string[] keys = [.. Enumerable.Range(0, 60).Select(i => $"d{i % 3}/k{i:d3}")];
        await Parallel.ForEachAsync(keys, async (k, c) => await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = k, ContentBody = k }, c));
        var request = new ListObjectsV2Request { BucketName = Bucket, MaxKeys = 7 };
        var found = new List<string>();
        ListObjectsV2Response page;
        do
        {
            page = await client.ListObjectsV2Async(request);
            found.AddRange((page.S3Objects ?? []).Select(o => o.Key));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
        Assert.Equal(keys.Order(StringComparer.Ordinal), found);

        ListObjectsV2Response groups = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Delimiter = "/", MaxKeys = 2 });
        Assert.Equal(["d0/", "d1/"], groups.CommonPrefixes);
        groups = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Delimiter = "/", MaxKeys = 2, ContinuationToken = groups.NextContinuationToken });
        Assert.Equal(["d2/"], groups.CommonPrefixes);
        Assert.False(groups.IsTruncated);

        DeleteObjectsResponse deleted = await client.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = Bucket, Objects = [.. keys.Select(k => new KeyVersion { Key = k })] });
        Assert.Equal(60, deleted.DeletedObjects.Count);
        Assert.Empty(place.Server.Storage.List(Bucket));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_restart()
    {
        AmazonS3Client client = place.Client();
        await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "kept" });
        string upload = (await client.InitiateMultipartUploadAsync(Bucket, "m")).UploadId;
        UploadPartResponse part = await client.UploadPartAsync(new UploadPartRequest { BucketName = Bucket, Key = "m", UploadId = upload, PartNumber = 1, InputStream = new MemoryStream("part"u8.ToArray()) });
        await place.StopAsync();
        await place.StartAgainAsync();
        Assert.Equal("kept"u8.ToArray(), await ReadAsync(client, "k"));
        await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = Bucket, Key = "m", UploadId = upload, PartETags = [new PartETag(1, part.ETag)] });
        Assert.Equal("part"u8.ToArray(), await ReadAsync(client, "m"));
    }

    [Fact]
    public async Task Faults_can_be_ordered_over_http()
    {
        using var http = new HttpClient { BaseAddress = place.Server.Endpoint };
        Assert.Equal("ok", await http.GetStringAsync(new Uri("_health", UriKind.Relative)));
        var order = new { match = "^PUT", after = 1, action = "SlowDown" };
        Assert.True((await http.PostAsJsonAsync("_faults", order)).IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("_faults", new StringContent("{\"action\":\"Explode\"}", Encoding.UTF8))).StatusCode);
        AmazonS3Client client = place.Client();
        await Put();
        Assert.Equal("SlowDown", (await Assert.ThrowsAsync<AmazonS3Exception>(Put)).ErrorCode);
        await Put();

        Task Put() => client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "x" });
    }

    [Fact]
    public async Task A_stale_list_misses_what_was_written_since()
    {
        AmazonS3Client client = place.Client();
        await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "old", ContentBody = "x" });
        place.Server.Faults.Add(new Fault { Match = "list-type=2", Action = FaultAction.StaleList });
        await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "new", ContentBody = "x" });
        Assert.Equal(["old"], (await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket })).S3Objects.Select(o => o.Key));
        Assert.Equal(["new", "old"], (await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket })).S3Objects.Select(o => o.Key));
    }

    private static async Task<byte[]> ReadAsync(AmazonS3Client client, string key)
    {
        using GetObjectResponse response = await client.GetObjectAsync(Bucket, key);
        using var content = new MemoryStream();
        await response.ResponseStream.CopyToAsync(content);
        return content.ToArray();
    }
}
