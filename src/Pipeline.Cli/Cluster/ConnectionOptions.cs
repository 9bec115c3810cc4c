using System.CommandLine;
using Pipeline.Hosting.Connections;

namespace Pipeline.Cli.Cluster;

/// <summary>The options that every process of a cluster takes: where broker, store and ledger are. Secrets come from the environment or from files only.</summary>
internal sealed class ConnectionOptions
{
    private readonly Option<string?> config = new("--config") { Description = "Settings file (JSON or YAML) for everything that is not given otherwise." };
    private readonly List<Option<string?>> settings = [];

    /// <summary>Options of the broker.</summary>
    public ConnectionOptions Broker()
    {
        Add("broker", "Broker: amqp://HOST[:PORT]/VHOST, all nodes of one that has several (amqp://HOST,HOST/VHOST), amqps://... with TLS (MOODPIPE_BROKER).");
        Add("broker-user", "User of the broker (MOODPIPE_BROKER_USER); the password is MOODPIPE_BROKER_PASSWORD or --broker-password-file.");
        Add("broker-password-file", "File whose first line is the password.");
        Add("broker-management", "Management API of the broker (default: its host, port 15672).");
        Add("broker-ca-file", "Certificates (PEM) of the authorities that sign the broker's certificate.");
        Add("broker-certificate-file", "Certificate (PEM) that this process shows the broker.");
        Add("broker-key-file", "Key of that certificate, if it is in a file of its own.");
        Add("broker-server-name", "Name in the broker's certificate (default: its host).");
        Add("broker-heartbeat", "Seconds between signs of life of a connection (default 10).");
        return this;
    }

    /// <summary>Options of the artefact store.</summary>
    public ConnectionOptions Store()
    {
        Add("store", "Artefacts: a folder or s3://BUCKET/PREFIX (MOODPIPE_STORE); keys of the store are MOODPIPE_S3_ACCESS_KEY and MOODPIPE_S3_SECRET_KEY, or ..._FILE.");
        Add("s3-endpoint", "Address of an S3 store other than AWS (MOODPIPE_S3_ENDPOINT).");
        Add("s3-region", "Region that requests are signed for (MOODPIPE_S3_REGION).");
        return this;
    }

    /// <summary>Options of the ledger.</summary>
    public ConnectionOptions Ledger()
    {
        Add("ledger", "Ledger: a file (SQLite) or postgres://HOST[:PORT]/DATABASE (MOODPIPE_LEDGER).");
        Add("ledger-user", "User of the database (MOODPIPE_LEDGER_USER); the password is MOODPIPE_LEDGER_PASSWORD or --ledger-password-file.");
        Add("ledger-password-file", "File whose first line is the password.");
        return this;
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        settings.ForEach(command.Add);
        command.Add(config);
    }

    /// <summary>What the command line, the environment and the settings file say.</summary>
    /// <exception cref="ConfigurationException">The settings file cannot be read.</exception>
    public SettingsSource Read(ParseResult parsed) => new(
        name => settings.Find(o => o.Name == $"--{name}") is { } option ? parsed.GetValue(option) : null, parsed.GetValue(config) ?? Environment.GetEnvironmentVariable("MOODPIPE_CONFIG"));

    private void Add(string name, string description) => settings.Add(new Option<string?>($"--{name}") { Description = description });
}
