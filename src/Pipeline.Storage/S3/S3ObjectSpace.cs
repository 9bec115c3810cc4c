using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.Objects;

namespace Pipeline.Storage.S3;

/// <summary>A bucket with a prefix as named objects.</summary>
internal sealed class S3ObjectSpace : IObjectSpace
{
    private const int KeysAtOnce = 1000; // S3's own limit for deleting
    private const int UploadAttempts = 3;
    private readonly S3StoreOptions options;
    private readonly AmazonS3Client client;
    private readonly StoreRetry retry;
    private readonly MultipartSender multipart;

    public S3ObjectSpace(StoreAddress address, S3StoreOptions options)
    {
        (Address, this.options) = (address, S3ArtefactStore.Checked(options));
        client = S3ClientFactory.Create(options);
        retry = new StoreRetry(options);
        multipart = new MultipartSender(client, options, retry);
    }

    public StoreAddress Address { get; }

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = options.Bucket, Prefix = options.Prefix + prefix, StartAfter = after is null ? null : options.Prefix + after, Encoding = EncodingType.Url,
        };
        ListObjectsV2Response page;
        do
        {
            page = await AskAsync("list objects", c => client.ListObjectsV2Async(request, c), cancellation).ConfigureAwait(false);
            foreach (S3Object item in page.S3Objects ?? [])
            {
                // Asked for in percent encoding, because XML cannot carry every key; the SDK hands it on as it came.
                string key = page.Encoding == EncodingType.Url ? System.Net.WebUtility.UrlDecode(item.Key) : item.Key;
                yield return new ObjectEntry(key[options.Prefix.Length..], item.Size ?? 0, Utc(item.LastModified));
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    public async Task<ObjectContent?> TryOpenAsync(string key, CancellationToken cancellation)
    {
        string full = KeyOf(key);
        try
        {
            GetObjectResponse found = await AskAsync(
                "send an object", c => client.GetObjectAsync(options.Bucket, full, c), cancellation, S3Failure.IsMissing).ConfigureAwait(false);
            var stream = new ResumingStream(
                (position, c) => OpenAtAsync(full, found.ETag, position, found.ContentLength, c), found.ResponseStream, found.ContentLength, Damaged, options);
            return new ObjectContent(stream, found.ContentLength);
        }
        catch (Exception e) when (S3Failure.IsMissing(e))
        {
            return null;
        }

        ArtefactStoreException Damaged(string detail) => new(ErrorCodes.TransientIo, FaultClass.Transient, $"{Address}{key} was damaged on its way: {detail}");
    }

    public async Task<ObjectEntry?> TryDescribeAsync(string key, CancellationToken cancellation) =>
        await HeadAsync(key, cancellation).ConfigureAwait(false) is { } found ? new ObjectEntry(key, found.ContentLength, Utc(found.LastModified)) : null;

    public async Task<bool> HasAsync(string key, long size, string sha256, CancellationToken cancellation) =>
        await HeadAsync(key, cancellation).ConfigureAwait(false) is { } found && found.ContentLength == size && found.Metadata["sha256"] == sha256;

    public Task<IObjectWriter> CreateAsync(string key, string mediaType, CancellationToken cancellation)
    {
        string full = KeyOf(key);
        return Task.FromResult<IObjectWriter>(new S3ObjectWriter(options.SpoolFolder, (content, c) => SendAsync(full, content, mediaType, c)));
    }

    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        foreach (string[] some in keys.Chunk(KeysAtOnce))
        {
            var request = new DeleteObjectsRequest { BucketName = options.Bucket, Quiet = true, Objects = [.. some.Select(k => new KeyVersion { Key = KeyOf(k) })] };
            DeleteObjectsResponse response = await AskAsync("delete objects", c => client.DeleteObjectsAsync(request, c), cancellation).ConfigureAwait(false);
            if (response.DeleteErrors is [{ } first, ..])
            {
                throw new ArtefactStoreException(
                    ErrorCodes.TransientIo, FaultClass.Transient, $"{Address} did not delete {response.DeleteErrors.Count} objects, the first '{ObjectKeys.Shown(first.Key)}': {first.Code} {first.Message}");
            }
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<GetObjectMetadataResponse?> HeadAsync(string key, CancellationToken cancellation)
    {
        string full = KeyOf(key);
        try
        {
            return await AskAsync("describe an object", c => client.GetObjectMetadataAsync(options.Bucket, full, c), cancellation, S3Failure.IsMissing).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Failure.IsMissing(e))
        {
            return null;
        }
    }

    private async Task SendAsync(string key, SpooledContent content, string mediaType, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (content.Size <= options.PartBytes)
            {
                await AskAsync("take an object", c =>
                {
                    var put = new PutObjectRequest { BucketName = options.Bucket, Key = key, ContentType = ContentTypes.Of(mediaType), InputStream = content.Open(0, content.Size) };
                    put.Metadata["sha256"] = content.Digest;
                    return client.PutObjectAsync(put, c);
                }, cancellation).ConfigureAwait(false);
                return;
            }

            if (await multipart.SendAsync(key, content, mediaType, cancellation).ConfigureAwait(false)
                || await HasAsync(key[options.Prefix.Length..], content.Size, content.Digest, cancellation).ConfigureAwait(false))
            {
                return;
            }

            if (attempt == UploadAttempts)
            {
                throw new ArtefactStoreException(ErrorCodes.TransientIo, FaultClass.Transient, $"the store forgot {attempt} uploads of {Address} in a row; look for a rule that removes unfinished uploads");
            }
        }
    }

    // The rest must be of the same version as the beginning.
    private async Task<Stream> OpenAtAsync(string key, string etag, long position, long size, CancellationToken cancellation)
    {
        var get = new GetObjectRequest { BucketName = options.Bucket, Key = key, EtagToMatch = etag, ByteRange = new ByteRange(position, size - 1) };
        try
        {
            return (await AskAsync("send the rest of an object", c => client.GetObjectAsync(get, c), cancellation, e => S3Failure.IsTaken(e) || S3Failure.IsMissing(e)).ConfigureAwait(false)).ResponseStream;
        }
        catch (Exception e) when (S3Failure.IsTaken(e) || S3Failure.IsMissing(e))
        {
            throw new ArtefactStoreException(ErrorCodes.TransientIo, FaultClass.Transient, $"s3://{options.Bucket}/{ObjectKeys.Shown(key)} was changed while it was read", e);
        }
    }

    private async Task<T> AskAsync<T>(string what, Func<CancellationToken, Task<T>> request, CancellationToken cancellation, Func<Exception, bool>? expected = null)
    {
        try
        {
            return await retry.RunAsync(what, request, cancellation, e => S3Failure.IsDenied(e) || expected?.Invoke(e) == true).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Failure.IsDenied(e))
        {
            string where = options.ServiceUrl is { } url ? $" at {url.GetLeftPart(UriPartial.Authority)}" : "";
            throw new ObjectDeniedException($"bucket '{options.Bucket}'{where} refused to {what}: {e.Message}; check its name and the rights of the access key", e);
        }
    }

    private string KeyOf(string key) => options.Prefix + ObjectKeys.Require(key);

    private static DateTimeOffset Utc(DateTime? time) => time is { } t ? new DateTimeOffset(t.ToUniversalTime()) : default;
}
