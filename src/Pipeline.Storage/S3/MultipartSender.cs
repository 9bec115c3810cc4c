using Amazon.S3;
using Amazon.S3.Model;

namespace Pipeline.Storage.S3;

/// <summary>Sends large content in parts. The object appears when the last call succeeds, or not at all.</summary>
internal sealed class MultipartSender(AmazonS3Client client, S3StoreOptions options, StoreRetry retry)
{
    // S3 allows this many parts in an upload.
    private const int MaxParts = 10_000;
    private static readonly TimeSpan AbortWithin = TimeSpan.FromSeconds(5);

    /// <summary>Sends the content; false when the store no longer knows the upload at its end, which is also how a completion looks whose answer was lost.</summary>
    public async Task<bool> SendAsync(string key, SpooledContent content, string mediaType, CancellationToken cancellation)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key, ContentType = ContentTypes.Of(mediaType) };
        begin.Metadata["sha256"] = content.Digest;
        string id = (await retry.RunAsync("begin an upload", c => client.InitiateMultipartUploadAsync(begin, c), cancellation).ConfigureAwait(false)).UploadId;
        try
        {
            List<PartETag> parts = await PartsAsync(key, id, content, cancellation).ConfigureAwait(false);
            var complete = new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = id, PartETags = parts };
            await retry.RunAsync("complete an upload", c => client.CompleteMultipartUploadAsync(complete, c), cancellation, S3Failure.IsUploadGone).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (S3Failure.IsUploadGone(e))
        {
            return false;
        }
        catch
        {
            await AbortAsync(key, id).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<List<PartETag>> PartsAsync(string key, string id, SpooledContent content, CancellationToken cancellation)
    {
        long partBytes = Math.Max(options.PartBytes, (content.Size + MaxParts - 1) / MaxParts);
        var tags = new PartETag[(content.Size + partBytes - 1) / partBytes];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ParallelParts, CancellationToken = cancellation };
        await Parallel.ForAsync(0, tags.Length, parallel, async (i, part) =>
        {
            long offset = i * partBytes;
            long length = Math.Min(partBytes, content.Size - offset);
            UploadPartResponse response = await retry.RunAsync("take a part of a blob", c => client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = options.Bucket, Key = key, UploadId = id, PartNumber = i + 1, PartSize = length, InputStream = content.Open(offset, length),
                }, c), part, S3Failure.IsUploadGone).ConfigureAwait(false);
            tags[i] = new PartETag(i + 1, response.ETag);
        }).ConfigureAwait(false);
        return [.. tags];
    }

    // Best effort: what remains after a lost abort is what the bucket's lifecycle rule for unfinished uploads is for.
    private async Task AbortAsync(string key, string id)
    {
        using var limit = new CancellationTokenSource(AbortWithin);
        try
        {
            await client.AbortMultipartUploadAsync(options.Bucket, key, id, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException || S3Failure.Translate(e, "abort an upload", options, default) is not null)
        {
        }
    }
}
