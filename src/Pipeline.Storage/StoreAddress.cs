using System.Text.RegularExpressions;
using Pipeline.Contracts.Errors;

namespace Pipeline.Storage;

/// <summary>
/// Where objects are: a folder (<c>DIR</c> or <c>file:///DIR</c>) or a bucket with a prefix (<c>s3://bucket/prefix</c>). Says nothing about credentials, so it may be printed.
/// </summary>
public sealed partial record StoreAddress
{
    private const string S3Scheme = "s3://";

    private StoreAddress(string? folder, string? bucket, string prefix) => (Folder, Bucket, Prefix) = (folder, bucket, prefix);

    /// <summary>Full path of the folder; null for a bucket.</summary>
    public string? Folder { get; }

    /// <summary>Bucket; null for a folder.</summary>
    public string? Bucket { get; }

    /// <summary>What the keys in the bucket begin with: empty, or ending with a slash.</summary>
    public string Prefix { get; }

    /// <summary>Reads an address.</summary>
    /// <exception cref="ArtefactStoreException">It is none; the message says what is wrong with it.</exception>
    public static StoreAddress Parse(string text)
    {
        if (text.StartsWith(S3Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return InBucket(text, text[S3Scheme.Length..]);
        }

        if (text.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.IsFile && uri.Host.Length == 0
                ? new StoreAddress(Path.GetFullPath(uri.LocalPath), null, "")
                : throw Wrong(text, "a file address looks like file:///data/store");
        }

        return text.Length == 0 || text.Contains('\0', StringComparison.Ordinal) ? throw Wrong(text, "it is empty")
            : text.Contains("://", StringComparison.Ordinal) ? throw Wrong(text, "name a folder or s3://bucket/prefix")
            : new StoreAddress(Path.GetFullPath(text), null, "");
    }

    /// <inheritdoc />
    public override string ToString() => Folder ?? $"{S3Scheme}{Bucket}/{Prefix}";

    private static StoreAddress InBucket(string text, string rest)
    {
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string bucket = slash < 0 ? rest : rest[..slash];
        string prefix = slash < 0 ? "" : rest[(slash + 1)..].TrimEnd('/');
        if (!BucketName().IsMatch(bucket))
        {
            throw Wrong(text, $"'{ObjectKeys.Shown(bucket)}' is not the name of a bucket (3 to 63 lower-case letters, digits, dots, dashes)");
        }

        return prefix.Length == 0 || ObjectKeys.Problem(prefix) is not { } problem ? new StoreAddress(null, bucket, prefix.Length == 0 ? "" : prefix + "/") : throw Wrong(text, problem);
    }

    private static ArtefactStoreException Wrong(string text, string problem) => new(
        ErrorCodes.EnvironmentFault, FaultClass.Environment, $"'{ObjectKeys.Shown(text)}' is not the address of a store: {problem}");

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    private static partial Regex BucketName();
}
