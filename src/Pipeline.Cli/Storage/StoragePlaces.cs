using System.CommandLine;
using Pipeline.Cli.Cluster;
using Pipeline.Hosting.Connections;
using Pipeline.Storage;
using Pipeline.Storage.S3;

namespace Pipeline.Cli.Storage;

/// <summary>
/// Options of commands that use a store by its address. Credentials come from the environment, from the settings file or from files that these name, never from the command line, which others
/// can read.
/// </summary>
internal sealed class StoragePlaces
{
    private readonly Option<string?> endpoint = new("--s3-endpoint") { Description = "Address of an S3-compatible store other than AWS (default: the environment's MOODPIPE_S3_ENDPOINT)." };
    private readonly Option<string?> region = new("--s3-region") { Description = "Region that requests are signed for (default: MOODPIPE_S3_REGION, else us-east-1)." };
    private readonly Option<string?> config = new("--config") { Description = "Settings file (JSON or YAML) for everything that is not given otherwise (MOODPIPE_CONFIG)." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(endpoint);
        command.Add(region);
        command.Add(config);
    }

    /// <summary>What environment and settings file say.</summary>
    /// <exception cref="ConfigurationException">The settings file cannot be read.</exception>
    public SettingsSource Settings(ParseResult parsed) => new(null, parsed.GetValue(config) ?? Environment.GetEnvironmentVariable("MOODPIPE_CONFIG"));

    /// <summary>What command line, environment and settings file say about reaching stores of a role.</summary>
    /// <exception cref="ArtefactStoreException">A value cannot be used.</exception>
    public StoreOptions Options(ParseResult parsed, string role = "", TimeSpan? retryFor = null)
    {
        S3Access known = Connections.StoreOptions(Settings(parsed), role).S3;
        return new StoreOptions
        {
            S3 = new S3Access
            {
                ServiceUrl = parsed.GetValue(endpoint) is { } url ? S3Access.Endpoint(url, "--s3-endpoint") : known.ServiceUrl,
                Region = parsed.GetValue(region) ?? known.Region,
                AccessKey = known.AccessKey,
                SecretKey = known.SecretKey,
                ForcePathStyle = known.ForcePathStyle,
            },
            RetryFor = retryFor ?? TimeSpan.FromMinutes(3),
        };
    }
}
