using System.Net;
using Amazon.Runtime;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.S3;

/// <summary>What a failed request means: gone, taken, try again, or nothing that waiting cures.</summary>
internal static class S3Failure
{
    private static readonly HashSet<string> Passing = new(StringComparer.Ordinal)
    {
        "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestTimeout", "RequestTimeTooSkewed", "InternalError", "ServiceUnavailable",
        "OperationAborted", "ConditionalRequestConflict", "ExpiredToken", "TokenRefreshRequired", "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "InvalidChunk",
        // What the SDK calls a 400 without a document: the answer to a HEAD with expired credentials. A HEAD has no other reason for it.
        "BadRequest",
    };

    public static bool IsMissing(Exception e) => e is AmazonServiceException { StatusCode: HttpStatusCode.NotFound } s && s.ErrorCode is not ("NoSuchBucket" or "NoSuchUpload");

    /// <summary>Whether this bucket or object is refused while the credentials as such are good.</summary>
    public static bool IsDenied(Exception e) => e is AmazonServiceException { ErrorCode: "NoSuchBucket" or "AccessDenied" or "AllAccessDisabled" or "InvalidBucketName" or "PermanentRedirect" };

    public static bool IsUploadGone(Exception e) => e is AmazonServiceException { ErrorCode: "NoSuchUpload" };

    /// <summary>Whether the SDK found that what it read is not what the ETag says.</summary>
    public static bool IsDamage(Exception e) => e is AmazonClientException && e.Message.Contains("hash", StringComparison.OrdinalIgnoreCase);

    public static bool IsTaken(Exception e) => e is AmazonServiceException { StatusCode: HttpStatusCode.PreconditionFailed };

    /// <summary>Whether the same request may succeed later.</summary>
    public static bool IsPassing(Exception? e, CancellationToken cancellation) => e switch
    {
        null => false,
        OperationCanceledException => !cancellation.IsCancellationRequested, // a timeout
        AmazonServiceException s when (int)s.StatusCode >= 500 || s.StatusCode == HttpStatusCode.TooManyRequests || Passing.Contains(s.ErrorCode ?? "") => true,
        AmazonServiceException s when (int)s.StatusCode is >= 400 and < 500 => false,
        AmazonUnmarshallingException or HttpRequestException or IOException or TimeoutException => true,
        _ => e.InnerException is { } inner && IsPassing(inner, cancellation),
    };

    public static ArtefactStoreException? Translate(Exception e, string what, S3StoreOptions options, CancellationToken cancellation)
    {
        if (e is ArtefactStoreException || (e is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            return null;
        }

        string where = $"bucket '{options.Bucket}'{(options.ServiceUrl is { } url ? $" at {url.GetLeftPart(UriPartial.Authority)}" : "")}";
        if (IsPassing(e, cancellation))
        {
            return new(ErrorCodes.TransientIo, FaultClass.Transient, $"{where} did not {what} within {options.RetryFor.TotalSeconds:0} s: {e.Message}", e);
        }

        return e is not AmazonClientException and not AmazonServiceException ? null : new(
            ErrorCodes.EnvironmentFault, FaultClass.Environment, $"{where} refused to {what}: {e.Message}; check bucket, access key, rights and this machine's clock", e);
    }
}
