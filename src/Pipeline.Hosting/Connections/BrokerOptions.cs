using System.Text.RegularExpressions;

namespace Pipeline.Hosting.Connections;

/// <summary>How the broker is reached. A class and not a record, so that no log prints the password.</summary>
public sealed partial class BrokerOptions
{
    /// <summary>What <c>--broker</c> says for the transport inside one process.</summary>
    public const string Memory = "memory";

    /// <summary>Largest message that is sent, bytes: 16 KiB. Messages carry keys of artefacts, never pixels.</summary>
    public const int MaxMessageBytes = 16 << 10;

    /// <summary>Largest message that is read, bytes: 256 KiB. A larger one was not sent by the pipeline.</summary>
    public const int MaxReceivedBytes = 256 << 10;

    /// <summary>Whether messages stay inside the process; then nothing below matters.</summary>
    public bool IsInMemory { get; init; }

    /// <summary>Name or address of the broker.</summary>
    public string Host { get; init; } = "";

    /// <summary>Port; 5672, with TLS 5671.</summary>
    public int Port { get; init; }

    /// <summary>Virtual host; default <c>/</c>.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>User.</summary>
    public string User { get; init; } = "guest";

    /// <summary>Password of <see cref="User"/>.</summary>
    public string Password { get; init; } = "guest";

    /// <summary>TLS; null for none.</summary>
    public BrokerTls? Tls { get; init; }

    /// <summary>The management API; default the broker's host on port 15672, with TLS 15671.</summary>
    public Uri? Management { get; init; }

    /// <summary>Interval of the signs of life of connections; default 10 s. A hung process loses its messages to others after three of them.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may take to be made; default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The transport inside this process.</summary>
    public static BrokerOptions InMemory { get; } = new() { IsInMemory = true };

    /// <summary>Reads and checks all settings of the broker: <c>broker</c>, <c>broker-user</c>, <c>broker-password</c>, <c>broker-management</c>, <c>broker-heartbeat</c>, and those of TLS.</summary>
    /// <exception cref="ConfigurationException">A setting is missing or impossible.</exception>
    public static BrokerOptions Read(SettingsSource settings)
    {
        string text = settings.Require("broker", "amqp://rabbit.example/moodpipe or 'memory'");
        if (text == Memory)
        {
            return InMemory;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Wrong(text, "write amqp://HOST[:PORT]/VHOST, amqps://… for TLS, or 'memory'");
        }

        bool tls = uri.Scheme == "amqps";
        string[] user = uri.UserInfo.Split(':', 2);
        string? password = settings.FindSecret("broker-password");
        return new BrokerOptions
        {
            Host = uri.IdnHost,
            Port = uri.Port > 0 ? uri.Port : tls ? 5671 : 5672,
            VirtualHost = VirtualHostOf(uri, text),
            User = settings.FindSecret("broker-user") ?? (user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : "guest"),
            Password = password ?? (user.Length > 1 ? Uri.UnescapeDataString(user[1]) : user[0].Length == 0 && settings.FindSecret("broker-user") is null ? "guest"
                : throw new ConfigurationException("the broker's user has no password: give it by MOODPIPE_BROKER_PASSWORD, or by a file with broker-password-file")),
            Tls = tls ? BrokerTls.Read(settings, uri.IdnHost) : null,
            Management = ManagementOf(settings, uri.IdnHost, tls),
            Heartbeat = TimeSpan.FromSeconds(settings.Number("broker-heartbeat", 10, 1, 600)),
        };
    }

    /// <summary>The broker without its credentials, for messages and logs.</summary>
    public override string ToString() => IsInMemory ? Memory : $"{(Tls is null ? "amqp" : "amqps")}://{Host}:{Port}/{(VirtualHost == "/" ? "" : VirtualHost)}";

    private static string VirtualHostOf(Uri uri, string text)
    {
        string path = uri.AbsolutePath.TrimStart('/');
        string name = path.Length == 0 ? "/" : Uri.UnescapeDataString(path);
        return path.Contains('/', StringComparison.Ordinal) || name.Length > 200 ? throw Wrong(text, "the virtual host is one name after the host; write a slash in it as %2F") : name;
    }

    private static Uri ManagementOf(SettingsSource settings, string host, bool tls)
    {
        string text = settings.Find("broker-management") ?? (tls ? $"https://{host}:15671" : $"http://{host}:15672");
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "http" or "https", UserInfo: "", Query: "" }
            ? new Uri(uri.AbsoluteUri.TrimEnd('/') + "/")
            : throw new ConfigurationException($"broker-management '{Hidden().Replace(text, "//…@")}' is not the address of the management API: write http://HOST:15672 without user and query; it uses the broker's user");
    }

    // A mistyped address may still hold a password.
    private static ConfigurationException Wrong(string text, string problem) => new($"broker '{Hidden().Replace(text, "//…@")}' is not the address of a broker: {problem}");

    [GeneratedRegex("//[^@/]*@")]
    private static partial Regex Hidden();
}
