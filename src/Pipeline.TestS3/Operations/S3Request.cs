using Microsoft.AspNetCore.Http;
using Pipeline.TestS3.Faults;
using Pipeline.TestS3.Objects;
using Pipeline.TestS3.Signing;

namespace Pipeline.TestS3.Operations;

/// <summary>A request whose signature held.</summary>
internal sealed record S3Request(HttpContext Context, RequestTarget Target, VerifiedSignature Signature, ArmedFault? Fault)
{
    private const string MetadataPrefix = "x-amz-meta-";

    public string Header(string name) => Context.Request.Headers[name].ToString();

    public WriteCondition Condition => Fault?.Fault.Action == FaultAction.IgnoreConditions ? default : new(Header("If-None-Match") == "*", Header("If-Match") is { Length: > 0 } etag ? etag.Trim('"') : null);

    public string ContentType => Context.Request.ContentType ?? "binary/octet-stream";

    public Dictionary<string, string> Metadata => Context.Request.Headers.Where(h => h.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
        .ToDictionary(h => h.Key[MetadataPrefix.Length..].ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal);

    /// <summary>Number in the query, or the default.</summary>
    public int Number(string name, int missing, int max) => Target.Get(name) is not { } text ? missing
        : int.TryParse(text, out int value) && value >= 0 ? Math.Min(value, max)
        : throw S3Exception.BadRequest("InvalidArgument", $"{name} must be a number");
}
