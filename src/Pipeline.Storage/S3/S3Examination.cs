using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Pipeline.Storage.Diagnostics;
using static Pipeline.Storage.Diagnostics.StorageExamination;

namespace Pipeline.Storage.S3;

/// <summary>Examines a bucket: each check speaks the protocol directly, because the store's own code would hide what it is there to survive.</summary>
internal sealed class S3Examination : IDisposable
{
    private const int Racers = 8;
    private const int PartBytes = 5 << 20;
    private static readonly TimeSpan BadSkew = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NotableSkew = TimeSpan.FromMinutes(1);
    private readonly S3StoreOptions options;
    private readonly AmazonS3Client client;
    private readonly string place;

    public S3Examination(S3StoreOptions options)
    {
        this.options = S3ArtefactStore.Checked(options);
        client = S3ClientFactory.Create(options);
        place = $"{options.Prefix}tmp/doctor-{Guid.NewGuid():n}/";
    }

    public async Task<IReadOnlyList<StorageCapability>> RunAsync(CancellationToken cancellation)
    {
        List<StorageCapability> results = [await ClockAsync(cancellation).ConfigureAwait(false)];
        if (results[0].Status == CapabilityStatus.Failed && results[0].Name == "access")
        {
            return results;
        }

        StorageCapability access = await TryAsync("access", AccessAsync, cancellation).ConfigureAwait(false);
        results.Add(access);
        if (access.Status == CapabilityStatus.Failed)
        {
            return results;
        }

        try
        {
            results.Add(await TryAsync("round trip", RoundTripAsync, cancellation).ConfigureAwait(false));
            results.Add(await TryAsync("range read", RangeAsync, cancellation).ConfigureAwait(false));
            results.Add(await TryAsync("list after write", ListAsync, cancellation).ConfigureAwait(false));
            results.Add(await TryAsync("conditional write", ConditionalAsync, cancellation).ConfigureAwait(false));
            results.Add(await TryAsync("multipart upload", MultipartAsync, cancellation).ConfigureAwait(false));
            results.Add(await TryAsync("renewal", RenewalAsync, cancellation).ConfigureAwait(false));
            results.Add(await TryAsync("odd keys", OddKeysAsync, cancellation).ConfigureAwait(false));
        }
        finally
        {
            results.Add(await TryAsync("delete", DeleteAsync, cancellation).ConfigureAwait(false));
        }

        return results;
    }

    public void Dispose() => client.Dispose();

    // The SDK corrects its clock in silence where it can, and some refusals (of HEAD requests) do not say that the clock is the reason: so it is looked at first.
    private async Task<StorageCapability> ClockAsync(CancellationToken cancellation)
    {
        Uri url = options.ServiceUrl ?? new Uri($"https://s3.{options.Region}.amazonaws.com/");
        try
        {
            using var http = new HttpClient { Timeout = options.RequestTimeout };
            using HttpResponseMessage answer = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (answer.Headers.Date is not { } theirs)
            {
                return Degraded("clock", "the store does not tell its time", "check that this machine's clock is right");
            }

            TimeSpan skew = options.Time.GetUtcNow() - theirs;
            string detail = $"this machine is {Math.Abs(skew.TotalSeconds):0} s {(skew >= TimeSpan.Zero ? "ahead of" : "behind")} the store";
            return skew.Duration() > BadSkew ? Failed("clock", detail, "set the clock (NTP): signatures are refused from 15 minutes on")
                : skew.Duration() > NotableSkew ? Degraded("clock", detail, "set the clock (NTP): signatures are refused from 15 minutes on")
                : Ok("clock", detail);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return Failed("access", $"{url.GetLeftPart(UriPartial.Authority)} does not answer: {e.Message}", "check the endpoint, that the store runs, and the network");
        }
    }

    private async Task<StorageCapability> AccessAsync(CancellationToken cancellation)
    {
        await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix, MaxKeys = 1 }, cancellation).ConfigureAwait(false);
        return Ok("access", $"bucket '{options.Bucket}' can be listed");
    }

    private async Task<StorageCapability> RoundTripAsync(CancellationToken cancellation)
    {
        byte[] sample = Sample(300_000);
        var put = new PutObjectRequest { BucketName = options.Bucket, Key = place + "sample", InputStream = new MemoryStream(sample), UseChunkEncoding = true };
        put.Metadata["sha256"] = Convert.ToHexStringLower(SHA256.HashData(sample));
        await client.PutObjectAsync(put, cancellation).ConfigureAwait(false);
        (byte[] back, string? digest) = await ReadAsync("sample", null, cancellation).ConfigureAwait(false);
        return !back.AsSpan().SequenceEqual(sample)
            ? Failed("round trip", $"{sample.Length} bytes were sent and {back.Length} came back, changed: the store keeps the framing of chunked uploads", "do not use this store")
            : digest == put.Metadata["sha256"] ? Ok("round trip", $"{sample.Length} bytes and their metadata came back as they were")
            : Degraded("round trip", "the store does not keep metadata", "digests of manifests cannot be checked on reading; use another store for important work");
    }

    private async Task<StorageCapability> RangeAsync(CancellationToken cancellation)
    {
        (byte[] part, _) = await ReadAsync("sample", new ByteRange(1000, 1999), cancellation).ConfigureAwait(false);
        return part.AsSpan().SequenceEqual(Sample(300_000).AsSpan(1000, 1000))
            ? Ok("range read", "a part came back as asked")
            : Failed("range read", $"1000 bytes were asked for and {part.Length} or others came", "do not use this store: broken downloads could not be continued");
    }

    private async Task<StorageCapability> ListAsync(CancellationToken cancellation)
    {
        ListObjectsV2Response page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = place }, cancellation).ConfigureAwait(false);
        return (page.S3Objects ?? []).Exists(o => o.Key == place + "sample")
            ? Ok("list after write", "what was written is listed at once")
            : Degraded("list after write", "an object that was just written is not listed", "collect garbage with a grace well above the store's delay");
    }

    private async Task<StorageCapability> ConditionalAsync(CancellationToken cancellation)
    {
        bool[] won = await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => WinsAsync($"racer {i}", cancellation))).ConfigureAwait(false);
        int winners = won.Count(w => w);
        bool again = await WinsAsync("late", cancellation).ConfigureAwait(false);
        return winners == 1 && !again
            ? Ok("conditional write", $"of {Racers} writers of one object one wins (If-None-Match: *)")
            : Degraded(
                "conditional write", $"{winners} of {Racers} writers of one object were told that they had won, and {(again ? "a late one too" : "a late one not")}",
                "jobs stay correct, because manifests name content by its digest, but the last result wins instead of the first: metadata may differ between readers");
    }

    private async Task<bool> WinsAsync(string content, CancellationToken cancellation)
    {
        try
        {
            await client.PutObjectAsync(new PutObjectRequest { BucketName = options.Bucket, Key = place + "race", ContentBody = content, IfNoneMatch = "*" }, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    private async Task<StorageCapability> MultipartAsync(CancellationToken cancellation)
    {
        byte[] sample = Sample(PartBytes + 1000);
        string key = place + "parts";
        string id = (await client.InitiateMultipartUploadAsync(options.Bucket, key, cancellation).ConfigureAwait(false)).UploadId;
        var tags = new List<PartETag>();
        foreach ((int number, Stream part) in new[] { (1, new MemoryStream(sample, 0, PartBytes)), (2, new MemoryStream(sample, PartBytes, 1000)) })
        {
            UploadPartResponse response = await client.UploadPartAsync(
                new UploadPartRequest { BucketName = options.Bucket, Key = key, UploadId = id, PartNumber = number, InputStream = part }, cancellation).ConfigureAwait(false);
            tags.Add(new PartETag(number, response.ETag));
        }

        await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = id, PartETags = tags }, cancellation).ConfigureAwait(false);
        (byte[] back, _) = await ReadAsync("parts", null, cancellation).ConfigureAwait(false);
        return back.AsSpan().SequenceEqual(sample)
            ? Ok("multipart upload", $"{sample.Length} bytes in two parts came back as they were")
            : Failed("multipart upload", "content that was sent in parts came back changed", "do not use this store");
    }

    private async Task<StorageCapability> RenewalAsync(CancellationToken cancellation)
    {
        var copy = new CopyObjectRequest
        {
            SourceBucket = options.Bucket, SourceKey = place + "sample", DestinationBucket = options.Bucket, DestinationKey = place + "sample", MetadataDirective = S3MetadataDirective.REPLACE,
        };
        try
        {
            await client.CopyObjectAsync(copy, cancellation).ConfigureAwait(false);
            return Ok("renewal", "an object can be copied onto itself");
        }
        catch (AmazonServiceException e)
        {
            return Degraded("renewal", $"an object cannot be copied onto itself: {e.Message}", "collect garbage only while no job runs");
        }
    }

    private async Task<StorageCapability> OddKeysAsync(CancellationToken cancellation)
    {
        const string key = "joy%2Fü 1+&=?#~.png";
        await client.PutObjectAsync(new PutObjectRequest { BucketName = options.Bucket, Key = place + key, ContentBody = "odd" }, cancellation).ConfigureAwait(false);
        (byte[] back, _) = await ReadAsync(key, null, cancellation).ConfigureAwait(false);
        return back.AsSpan().SequenceEqual("odd"u8)
            ? Ok("odd keys", "letters beyond ASCII, spaces, percent signs work")
            : Degraded("odd keys", "an object with an odd key came back changed", "name pictures with letters and digits only");
    }

    private async Task<StorageCapability> DeleteAsync(CancellationToken cancellation)
    {
        ListObjectsV2Response page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = place }, cancellation).ConfigureAwait(false);
        List<KeyVersion> keys = [.. (page.S3Objects ?? []).Select(o => new KeyVersion { Key = o.Key })];
        if (keys.Count > 0)
        {
            await client.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = options.Bucket, Objects = keys, Quiet = true }, cancellation).ConfigureAwait(false);
        }

        page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = place }, cancellation).ConfigureAwait(false);
        return page.S3Objects is null or []
            ? Ok("delete", "nothing is left of this examination")
            : Failed("delete", $"{page.S3Objects.Count} objects below {place} cannot be deleted", "give the access key the right to delete");
    }

    private async Task<(byte[] Content, string? Digest)> ReadAsync(string name, ByteRange? range, CancellationToken cancellation)
    {
        var get = new GetObjectRequest { BucketName = options.Bucket, Key = place + name };
        if (range is not null)
        {
            get.ByteRange = range;
        }

        using GetObjectResponse found = await client.GetObjectAsync(get, cancellation).ConfigureAwait(false);
        using var content = new MemoryStream();
        await found.ResponseStream.CopyToAsync(content, cancellation).ConfigureAwait(false);
        return (content.ToArray(), found.Metadata["sha256"]);
    }

    private async Task<StorageCapability> TryAsync(string name, Func<CancellationToken, Task<StorageCapability>> check, CancellationToken cancellation)
    {
        try
        {
            return await check(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Failure.IsDamage(e))
        {
            return Failed(name, $"content came back changed: {e.Message}", "do not use this store");
        }
        catch (Exception e) when (S3Failure.Translate(e, name, options, cancellation) is { } translated)
        {
            return Failed(name, translated.Message, Remedy(e));
        }
    }

    private static string Remedy(Exception e) => (e as AmazonServiceException)?.ErrorCode switch
    {
        "InvalidAccessKeyId" => "the store does not know the access key: check it, and that the endpoint is the right store",
        "SignatureDoesNotMatch" => "the secret key is wrong (or a proxy changes requests)",
        "RequestTimeTooSkewed" => "set this machine's clock (NTP)",
        "NoSuchBucket" => "create the bucket, or correct its name",
        "AccessDenied" => "give the access key the rights to list, read, write and delete in this bucket",
        "NotImplemented" => "the store lacks this operation: use another store",
        _ => "check the endpoint, the credentials and the store's log",
    };
}
