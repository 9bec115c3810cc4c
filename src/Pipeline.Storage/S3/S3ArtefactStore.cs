using Amazon.S3;
using Amazon.S3.Model;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.S3;

/// <summary>
/// Artefacts in a bucket of S3 or a store that speaks its protocol. A manifest is published by a conditional PUT (<c>If-None-Match: *</c>), so that of many
/// writers one wins. Each object carries its digest; nothing that was damaged on its way or in the store is handed out. Restarts of the store are waited for.
/// </summary>
public sealed class S3ArtefactStore : IArtefactStore, IDisposable
{
    private const int MinPartBytes = 5 << 20; // S3's own limit
    private const long MaxCopyBytes = 5L << 30; // larger objects cannot be copied in one call
    private const int UploadAttempts = 3;
    private readonly S3StoreOptions options;
    private readonly AmazonS3Client client;
    private readonly StoreRetry retry;
    private readonly MultipartSender multipart;
    private readonly S3Manifests manifests;

    /// <summary>Makes the store; nothing is asked of the bucket yet.</summary>
    /// <exception cref="ArtefactStoreException">The settings cannot be used.</exception>
    public S3ArtefactStore(S3StoreOptions options)
    {
        this.options = Checked(options);
        client = S3ClientFactory.Create(options);
        retry = new StoreRetry(options);
        multipart = new MultipartSender(client, options, retry);
        manifests = new S3Manifests(client, options, retry);
    }

    /// <inheritdoc />
    public async Task<BlobRef> PutBlobAsync(Stream content, string mediaType, CancellationToken cancellation)
    {
        using SpooledContent spooled = await SpoolAsync(content, cancellation).ConfigureAwait(false);
        var blob = new BlobRef(spooled.Digest, spooled.Size, mediaType);
        // An old blob is sent again, so that its time says that it is in use.
        DateTime renewBefore = (options.Time.GetUtcNow() - options.RefreshAfter).UtcDateTime;
        for (int attempt = 1; !await HasSinceAsync(blob, renewBefore, cancellation).ConfigureAwait(false); attempt++)
        {
            if (spooled.Size <= options.PartBytes)
            {
                await PutWholeAsync(blob, spooled, cancellation).ConfigureAwait(false);
                break;
            }

            if (await multipart.SendAsync(BlobKey(blob.Sha256), spooled, mediaType, cancellation).ConfigureAwait(false))
            {
                break;
            }

            if (attempt == UploadAttempts)
            {
                throw new ArtefactStoreException(ErrorCodes.TransientIo, FaultClass.Transient, $"the store forgot {attempt} uploads of blob {blob.Sha256} in a row; look for a rule that removes unfinished uploads");
            }
        }

        return blob;
    }

    /// <inheritdoc />
    public Task<bool> HasBlobAsync(BlobRef blob, CancellationToken cancellation) => HasSinceAsync(blob, DateTime.MinValue, cancellation);

    /// <inheritdoc />
    public async Task<Stream> OpenBlobAsync(BlobRef blob, CancellationToken cancellation)
    {
        _ = Sha256Digest.Require(blob.Sha256);
        Stream first = await OpenAtAsync(blob, 0, cancellation).ConfigureAwait(false);
        return new VerifyingStream(new ResumingStream((position, c) => OpenAtAsync(blob, position, c), first, blob.Size, detail => new ArtefactCorruptException(blob, detail), options), blob);
    }

    /// <inheritdoc />
    public async Task DiscardBlobAsync(BlobRef blob, CancellationToken cancellation)
    {
        string key = BlobKey(Sha256Digest.Require(blob.Sha256));
        try
        {
            if (blob.Size <= MaxCopyBytes)
            {
                var copy = new CopyObjectRequest
                {
                    SourceBucket = options.Bucket, SourceKey = key, DestinationBucket = options.Bucket, DestinationKey = $"{options.Prefix}corrupt/{blob.Sha256}",
                };
                await retry.RunAsync("set a blob aside", c => client.CopyObjectAsync(copy, c), cancellation, S3Failure.IsMissing).ConfigureAwait(false);
            }

            await retry.RunAsync("delete a blob", c => client.DeleteObjectAsync(options.Bucket, key, c), cancellation, S3Failure.IsMissing).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Failure.IsMissing(e))
        {
            // It is out of use already.
        }
    }

    /// <inheritdoc />
    public Task<byte[]?> TryReadManifestAsync(ManifestKey key, CancellationToken cancellation) => manifests.TryReadAsync(key, cancellation);

    /// <inheritdoc />
    public Task<PublishedManifest> PublishManifestAsync(ManifestKey key, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        manifests.PublishAsync(key, content, cancellation);

    /// <inheritdoc />
    public Task WithdrawManifestAsync(ManifestKey key, CancellationToken cancellation) => manifests.WithdrawAsync(key, cancellation);

    /// <summary>Closes the connections.</summary>
    public void Dispose() => client.Dispose();

    private async Task<bool> HasSinceAsync(BlobRef blob, DateTime since, CancellationToken cancellation)
    {
        string key = BlobKey(Sha256Digest.Require(blob.Sha256));
        try
        {
            GetObjectMetadataResponse found = await retry.RunAsync(
                "describe a blob", c => client.GetObjectMetadataAsync(options.Bucket, key, c), cancellation, S3Failure.IsMissing).ConfigureAwait(false);
            return found.ContentLength == blob.Size && (found.Metadata["sha256"] ?? blob.Sha256) == blob.Sha256
                && (found.LastModified is not { } modified || modified.ToUniversalTime() >= since);
        }
        catch (Exception e) when (S3Failure.IsMissing(e))
        {
            return false;
        }
    }

    private async Task PutWholeAsync(BlobRef blob, SpooledContent content, CancellationToken cancellation) =>
        await retry.RunAsync("take a blob", c =>
        {
            var put = new PutObjectRequest { BucketName = options.Bucket, Key = BlobKey(blob.Sha256), ContentType = ContentTypes.Of(blob.MediaType), InputStream = content.Open(0, content.Size) };
            put.Metadata["sha256"] = blob.Sha256;
            return client.PutObjectAsync(put, c);
        }, cancellation).ConfigureAwait(false);

    private async Task<Stream> OpenAtAsync(BlobRef blob, long position, CancellationToken cancellation)
    {
        var get = new GetObjectRequest { BucketName = options.Bucket, Key = BlobKey(blob.Sha256) };
        if (position > 0)
        {
            get.ByteRange = new ByteRange(position, blob.Size - 1);
        }

        try
        {
            GetObjectResponse found = await retry.RunAsync("send a blob", c => client.GetObjectAsync(get, c), cancellation, S3Failure.IsMissing).ConfigureAwait(false);
            string digest = found.Metadata["sha256"] ?? blob.Sha256;
            if (found.ContentLength == blob.Size - position && digest == blob.Sha256)
            {
                return found.ResponseStream;
            }

            long length = found.ContentLength + position;
            found.Dispose();
            throw new ArtefactCorruptException(blob, digest == blob.Sha256 ? $"it has {length} bytes instead of {blob.Size}" : $"it was stored as {digest}");
        }
        catch (Exception e) when (S3Failure.IsMissing(e))
        {
            throw new ArtefactMissingException($"blob {blob.Sha256}");
        }
    }

    private async Task<SpooledContent> SpoolAsync(Stream content, CancellationToken cancellation)
    {
        try
        {
            return await SpooledContent.ReadAsync(content, options.PartBytes, options.SpoolFolder, cancellation).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ArtefactStoreException(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"the spool folder {options.SpoolFolder} cannot be used: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new ArtefactStoreException(ErrorCodes.TransientIo, FaultClass.Transient, $"content could not be read and spooled to {options.SpoolFolder}: {e.Message}", e);
        }
    }

    private string BlobKey(string digest) => $"{options.Prefix}blob/sha256/{digest[..2]}/{digest}";

    internal static S3StoreOptions Checked(S3StoreOptions options)
    {
        string? wrong = options switch
        {
            { Bucket: "" } => "the bucket is empty",
            { PartBytes: < MinPartBytes or > (1 << 30) } => $"a part has 5 MiB to 1 GiB, not {options.PartBytes} bytes",
            { ParallelParts: < 1 or > 64 } => $"1 to 64 parts can be sent at the same time, not {options.ParallelParts}",
            { AccessKey: not null, SecretKey: null } => "there is an access key but no secret key",
            { AccessKey: null, SecretKey: not null } => "there is a secret key but no access key",
            { ServiceUrl: { IsAbsoluteUri: false } } => "the service URL is not absolute",
            _ => null,
        };
        return wrong is null ? options : throw new ArtefactStoreException(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"the settings of the S3 store cannot be used: {wrong}");
    }
}
