using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Pipeline.TestS3.Signing;

/// <summary>The signature that a request claims, in its header or in its query.</summary>
internal sealed record SignatureClaim(string AccessKey, string Scope, string Date, string[] SignedHeaders, string Signature, string PayloadDigest, TimeSpan? Lifetime)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>The moment of signing.</summary>
    public DateTimeOffset Time => DateTimeOffset.TryParseExact(Date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
        ? time
        : throw S3Exception.Denied("AccessDenied", $"'{Date}' is not a time of the form 20260131T235959Z");

    public static SignatureClaim Read(HttpRequest request, RequestTarget target) =>
        target.Has("X-Amz-Signature") ? FromQuery(target) : FromHeader(request);

    private static SignatureClaim FromQuery(RequestTarget target)
    {
        (string access, string scope) = Split(Need(target, "X-Amz-Credential"));
        TimeSpan lifetime = int.TryParse(Need(target, "X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds <= 604_800
            ? TimeSpan.FromSeconds(seconds)
            : throw S3Exception.BadRequest("AuthorizationQueryParametersError", "X-Amz-Expires must be 0 to 604800");
        return new SignatureClaim(
            access, scope, Need(target, "X-Amz-Date"), Need(target, "X-Amz-SignedHeaders").Split(';'), Need(target, "X-Amz-Signature"), "UNSIGNED-PAYLOAD", lifetime);
    }

    private static SignatureClaim FromHeader(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            throw S3Exception.Denied("AccessDenied", "the request is not signed");
        }

        Dictionary<string, string> fields = header[Algorithm.Length..].Split(',').Select(f => f.Trim().Split('=', 2)).Where(f => f.Length == 2)
            .GroupBy(f => f[0]).ToDictionary(g => g.Key, g => g.First()[1], StringComparer.Ordinal);
        string Field(string name) => fields.GetValueOrDefault(name) ?? throw S3Exception.BadRequest("AuthorizationHeaderMalformed", $"{name} is missing");
        (string access, string scope) = Split(Field("Credential"));
        string digest = request.Headers["x-amz-content-sha256"].ToString();
        return new SignatureClaim(access, scope, request.Headers["x-amz-date"].ToString(), Field("SignedHeaders").Split(';'), Field("Signature"), digest, null);
    }

    private static (string AccessKey, string Scope) Split(string credential)
    {
        int slash = credential.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && credential.Split('/') is [_, _, _, "s3", "aws4_request"]
            ? (credential[..slash], credential[(slash + 1)..])
            : throw S3Exception.BadRequest("AuthorizationHeaderMalformed", "the credential must be key/date/region/s3/aws4_request");
    }

    private static string Need(RequestTarget target, string name) =>
        target.Get(name) ?? throw S3Exception.BadRequest("AuthorizationQueryParametersError", $"{name} is missing");
}
