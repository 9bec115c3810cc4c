using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pipeline.TestS3.Signing;

/// <summary>Checks signatures of version 4 (AWS General Reference, "Signing AWS API requests"): header and query form.</summary>
internal sealed class SignatureCheck(S3ServerOptions options)
{
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);

    public VerifiedSignature Verify(HttpRequest request, RequestTarget target)
    {
        SignatureClaim claim = SignatureClaim.Read(request, target);
        if (claim.AccessKey != options.AccessKey)
        {
            throw S3Exception.Denied("InvalidAccessKeyId", $"the access key '{claim.AccessKey}' is not known");
        }

        CheckTime(claim);
        if (!claim.SignedHeaders.Contains("host"))
        {
            throw S3Exception.Denied("AccessDenied", "the host header must be signed");
        }

        var key = new SigningKey(options.SecretKey, claim.Date, claim.Scope);
        string expected = key.Sign(SignatureClaim.Algorithm, SigningKey.Digest(Encoding.UTF8.GetBytes(CanonicalRequest(request, target, claim))));
        return SigningKey.Same(expected, claim.Signature)
            ? new VerifiedSignature(key, claim.Signature, claim.PayloadDigest)
            : throw S3Exception.Denied("SignatureDoesNotMatch", "the signature is not the one that the secret key makes");
    }

    private void CheckTime(SignatureClaim claim)
    {
        TimeSpan age = options.Time.GetUtcNow() - claim.Time;
        if (claim.Lifetime is { } lifetime ? age > lifetime : age.Duration() > MaxSkew)
        {
            throw claim.Lifetime is null
                ? S3Exception.Denied("RequestTimeTooSkewed", $"the request was signed at {claim.Date}, too far from the time of the server")
                : S3Exception.Denied("AccessDenied", "the request has expired");
        }

        if (!claim.Scope.StartsWith(claim.Date[..8] + "/", StringComparison.Ordinal))
        {
            throw S3Exception.Denied("SignatureDoesNotMatch", "the day of the credential is not that of the request");
        }
    }

    private static string CanonicalRequest(HttpRequest request, RequestTarget target, SignatureClaim claim)
    {
        IEnumerable<string> query = target.Query.Where(p => p.Key != "X-Amz-Signature")
            .Select(p => (Name: PercentEncoding.Encode(p.Key), Value: PercentEncoding.Encode(p.Value)))
            .OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={p.Value}");
        IEnumerable<string> headers = claim.SignedHeaders.Select(name => $"{name}:{Collapse(request.Headers[name].ToString())}\n");
        return string.Join('\n',
            request.Method, PercentEncoding.Encode(target.Path, keepSlash: true), string.Join('&', query),
            string.Concat(headers), string.Join(';', claim.SignedHeaders), claim.PayloadDigest);
    }

    // Runs of spaces count as one.
    private static string Collapse(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
