namespace Pipeline.TestS3;

/// <summary>A refusal with S3's code and status; becomes the error document.</summary>
public sealed class S3Exception(int status, string code, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>S3's error code, for example <c>NoSuchKey</c>.</summary>
    public string Code { get; } = code;

    internal static S3Exception NoSuchKey(string key) => new(404, "NoSuchKey", $"there is no object '{key}'");

    internal static S3Exception NoSuchBucket(string bucket) => new(404, "NoSuchBucket", $"there is no bucket '{bucket}'");

    internal static S3Exception NoSuchUpload(string id) => new(404, "NoSuchUpload", $"there is no upload '{id}'");

    internal static S3Exception PreconditionFailed(string condition) => new(412, "PreconditionFailed", $"the condition {condition} does not hold");

    internal static S3Exception BadRequest(string code, string message) => new(400, code, message);

    internal static S3Exception Denied(string code, string message) => new(403, code, message);
}
