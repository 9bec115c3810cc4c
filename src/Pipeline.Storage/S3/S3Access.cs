using Pipeline.Contracts.Errors;

namespace Pipeline.Storage.S3;

/// <summary>
/// How a store is reached, whatever the bucket: address, region, credentials. A class and not a record, so that no log prints the secret.
/// </summary>
public sealed class S3Access
{
    private const long MaxSecretBytes = 4096;

    /// <summary>Address of a store other than AWS, for example <c>https://minio.example:9000</c>; null: AWS itself.</summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>Region that requests are signed for; default <c>us-east-1</c>.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Access key; null: what the SDK finds in the environment, in profiles or on the machine.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Secret of <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Whether the bucket stands in the path and not in the host name; default true, which every store understands.</summary>
    public bool ForcePathStyle { get; init; } = true;

    /// <summary>
    /// Reads <c>MOODPIPE_S3_ENDPOINT</c>, <c>_REGION</c>, <c>_ACCESS_KEY</c>, <c>_SECRET_KEY</c>, <c>_PATH_STYLE</c>, and <c>_ACCESS_KEY_FILE</c>, <c>_SECRET_KEY_FILE</c> for secrets in
    /// files. With a role, the variables of that role win one by one: <c>MOODPIPE_SOURCE_S3_ENDPOINT</c> before <c>MOODPIPE_S3_ENDPOINT</c>. A role with an endpoint or an access key of its
    /// own does not get the other store's keys.
    /// </summary>
    /// <param name="role"><c>SOURCE</c>, <c>OUTPUT</c>, or empty for the artefacts.</param>
    /// <param name="read">Reads a variable; default: the environment of the process.</param>
    /// <exception cref="ArtefactStoreException">A value cannot be used; the message names the variable.</exception>
    public static S3Access FromEnvironment(string role = "", Func<string, string?>? read = null)
    {
        read ??= Environment.GetEnvironmentVariable;
        string own = role.Length == 0 ? "MOODPIPE_S3_" : $"MOODPIPE_{role}_S3_";
        string? Value(string prefix, string name) => read(prefix + name) is { Length: > 0 } value ? value : null;
        bool separate = Value(own, "ENDPOINT") is not null || Value(own, "ACCESS_KEY") is not null || Value(own, "ACCESS_KEY_FILE") is not null;
        string keys = separate ? own : "MOODPIPE_S3_";
        string? Setting(string name) => Value(own, name) ?? Value("MOODPIPE_S3_", name);
        string? Secret(string name) => Value(keys, name) ?? (Value(keys, name + "_FILE") is { } path ? FromFile(path, keys + name + "_FILE") : null);
        return new S3Access
        {
            ServiceUrl = Setting("ENDPOINT") is { } url ? Endpoint(url, "the endpoint of the S3 store (MOODPIPE_S3_ENDPOINT)") : null,
            Region = Setting("REGION") ?? "us-east-1",
            AccessKey = Secret("ACCESS_KEY"),
            SecretKey = Secret("SECRET_KEY"),
            ForcePathStyle = Setting("PATH_STYLE") is not { } style || !style.Equals("false", StringComparison.OrdinalIgnoreCase),
        };
    }

    /// <summary>Reads a secret from a file: its first line.</summary>
    /// <param name="path">File.</param>
    /// <param name="name">The setting that named it, for the message.</param>
    /// <exception cref="ArtefactStoreException">The file cannot be read or is no secret.</exception>
    public static string FromFile(string path, string name)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > MaxSecretBytes)
            {
                throw Unfit($"{name}: {path} has {file.Length} bytes, that is no secret");
            }

            string[] lines = File.ReadAllLines(path);
            return lines.Length > 0 && lines[0].Trim() is { Length: > 0 } secret ? secret : throw Unfit($"{name}: {path} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unfit($"{name}: {path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads the address of a service.</summary>
    /// <param name="text">Address, <c>http://</c> or <c>https://</c>, without user, path or query.</param>
    /// <param name="name">The setting, for the message.</param>
    /// <exception cref="ArtefactStoreException">It is none.</exception>
    public static Uri Endpoint(string text, string name) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url is { UserInfo: "", Query: "", AbsolutePath: "/" }
            ? url
            : throw Unfit($"{name} must look like https://s3.example:9000, without user, path or query");

    private static ArtefactStoreException Unfit(string message) => new(ErrorCodes.EnvironmentFault, FaultClass.Environment, message);
}
