using Amazon.S3;
using Amazon.S3.Model;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.S3;

/// <summary>Manifests in the bucket: read with their digest checked, published once.</summary>
internal sealed class S3Manifests(AmazonS3Client client, S3StoreOptions options, StoreRetry retry)
{
    private const int ReadAttempts = 3;

    public async Task<byte[]?> TryReadAsync(ManifestKey key, CancellationToken cancellation) => (await FindAsync(key, cancellation).ConfigureAwait(false))?.Content;

    /// <summary>
    /// Publishes unless somebody was first. Each call signs its object with a name of its own: when an answer was lost and the repetition is refused, the name tells
    /// whether the first try had won.
    /// </summary>
    public async Task<PublishedManifest> PublishAsync(ManifestKey key, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (content.Length > StoreLimits.MaxManifestBytes)
        {
            throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Logic, $"manifest {key} has {content.Length} bytes, the limit is {StoreLimits.MaxManifestBytes}");
        }

        byte[] bytes = content.ToArray();
        string writer = Guid.NewGuid().ToString("n");
        // A loop, because the earlier winner may be withdrawn between the refusal and the reading.
        while (!await TryPutAsync(key, bytes, writer, cancellation).ConfigureAwait(false))
        {
            if (await FindAsync(key, cancellation).ConfigureAwait(false) is { } theirs)
            {
                return new PublishedManifest(theirs.Writer == writer, theirs.Content);
            }
        }

        return new PublishedManifest(true, bytes);
    }

    public async Task WithdrawAsync(ManifestKey key, CancellationToken cancellation)
    {
        try
        {
            await retry.RunAsync("delete a manifest", c => client.DeleteObjectAsync(options.Bucket, KeyOf(key), c), cancellation, S3Failure.IsMissing).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Failure.IsMissing(e))
        {
            // Some stores answer 404 where S3 answers 204.
        }
    }

    private async Task<bool> TryPutAsync(ManifestKey key, byte[] content, string writer, CancellationToken cancellation)
    {
        try
        {
            await retry.RunAsync("take a manifest", c =>
            {
                var put = new PutObjectRequest
                {
                    BucketName = options.Bucket, Key = KeyOf(key), ContentType = "application/json", IfNoneMatch = "*", InputStream = new MemoryStream(content, writable: false),
                };
                put.Metadata["sha256"] = Sha256Digest.Of(content);
                put.Metadata["writer"] = writer;
                return client.PutObjectAsync(put, c);
            }, cancellation, S3Failure.IsTaken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (S3Failure.IsTaken(e))
        {
            return false;
        }
    }

    // Bytes may be damaged on their way, so a wrong digest is worth another try, but not for minutes.
    private async Task<(byte[] Content, string? Writer)?> FindAsync(ManifestKey key, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Found found = await retry.RunAsync(
                    "send a manifest", c => GetAsync(key, c), cancellation, e => S3Failure.IsMissing(e) || S3Failure.IsDamage(e)).ConfigureAwait(false);
                if (found.Digest is null || found.Digest == Sha256Digest.Of(found.Content))
                {
                    await RenewAsync(key, found, cancellation).ConfigureAwait(false);
                    return (found.Content, found.Writer);
                }
            }
            catch (Exception e) when (S3Failure.IsMissing(e))
            {
                return null;
            }
            catch (Exception e) when (S3Failure.IsDamage(e))
            {
                // Not what the ETag says: the same as a wrong digest.
            }

            if (attempt == ReadAttempts)
            {
                throw new ArtefactStoreException(ErrorCodes.ArtefactCorrupt, FaultClass.Transient, $"manifest {key} is corrupt in bucket '{options.Bucket}'; delete the object {KeyOf(key)}, and its work is done again");
            }
        }
    }

    // An old manifest that is used again says so by its time, which is what the collection of garbage goes by.
    private async Task RenewAsync(ManifestKey key, Found found, CancellationToken cancellation)
    {
        if (found.Modified is not { } modified || options.Time.GetUtcNow().UtcDateTime - modified.ToUniversalTime() <= options.RefreshAfter)
        {
            return;
        }

        var copy = new CopyObjectRequest
        {
            SourceBucket = options.Bucket, SourceKey = KeyOf(key), DestinationBucket = options.Bucket, DestinationKey = KeyOf(key),
            ETagToMatch = found.ETag, MetadataDirective = S3MetadataDirective.REPLACE, ContentType = "application/json",
        };
        copy.Metadata["sha256"] = Sha256Digest.Of(found.Content);
        copy.Metadata["writer"] = found.Writer ?? "";
        try
        {
            await client.CopyObjectAsync(copy, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Failure.Translate(e, "renew a manifest", options, cancellation) is not null)
        {
            // Best effort: it was withdrawn this moment, or copies are not allowed here, which the doctor says.
        }
    }

    private async Task<Found> GetAsync(ManifestKey key, CancellationToken cancellation)
    {
        using GetObjectResponse found = await client.GetObjectAsync(options.Bucket, KeyOf(key), cancellation).ConfigureAwait(false);
        if (found.ContentLength is < 0 or > StoreLimits.MaxManifestBytes)
        {
            throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"manifest {key} has {found.ContentLength} bytes, the limit is {StoreLimits.MaxManifestBytes}");
        }

        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timed.CancelAfter(options.RequestTimeout);
        byte[] content = new byte[found.ContentLength];
        await found.ResponseStream.ReadExactlyAsync(content, timed.Token).ConfigureAwait(false);
        return new Found(content, found.Metadata["writer"], found.Metadata["sha256"], found.ETag, found.LastModified);
    }

    private string KeyOf(ManifestKey key) => key.Stage is null ? throw new ArgumentException("the manifest key is empty", nameof(key)) : options.Prefix + key.Path;

    private sealed record Found(byte[] Content, string? Writer, string? Digest, string ETag, DateTime? Modified);
}
