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

    /// <summary>
    /// Largest message that a connection survives, bytes: 512 MiB, the most that a broker can be told to take (the client library goes to 128 MiB, what brokers take by themselves). One that a
    /// client cannot take closes its connection, comes again, and stops the whole queue; taken, it is refused like any other that is too large.
    /// </summary>
    public const int MaxTransferBytes = 512 << 20;

    /// <summary>Whether messages stay inside the process; then nothing below matters.</summary>
    public bool IsInMemory { get; init; }

    /// <summary>Nodes of the broker, at least one. Connections begin with any of them and go to another when one is gone.</summary>
    public IReadOnlyList<BrokerNode> Nodes { get; init; } = [];

    /// <summary>Virtual host; default <c>/</c>.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>User.</summary>
    public string User { get; init; } = "guest";

    /// <summary>Password of <see cref="User"/>.</summary>
    public string Password { get; init; } = "guest";

    /// <summary>TLS; null for none.</summary>
    public BrokerTls? Tls { get; init; }

    /// <summary>Where the management API is, any of these; default every node's host on port 15672, with TLS 15671.</summary>
    public IReadOnlyList<Uri> Management { get; init; } = [];

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

        (string first, string[] others) = Split(text);
        if (!Uri.TryCreate(first, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Wrong(text, "write amqp://HOST[:PORT]/VHOST, amqps://… for TLS, several nodes as amqp://HOST,HOST,HOST/VHOST, or 'memory'");
        }

        bool tls = uri.Scheme == "amqps";
        BrokerNode[] nodes = [NodeOf(uri, tls), .. others.Select(o => OtherNode(o, uri.Scheme, text, tls))];
        string[] user = uri.UserInfo.Split(':', 2);
        string? password = settings.FindSecret("broker-password");
        return new BrokerOptions
        {
            Nodes = nodes,
            VirtualHost = VirtualHostOf(uri, text),
            User = settings.FindSecret("broker-user") ?? (user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : "guest"),
            Password = password ?? (user.Length > 1 ? Uri.UnescapeDataString(user[1]) : user[0].Length == 0 && settings.FindSecret("broker-user") is null ? "guest"
                : throw new ConfigurationException("the broker's user has no password: give it by MOODPIPE_BROKER_PASSWORD, or by a file with broker-password-file")),
            Tls = tls ? BrokerTls.Read(settings, nodes) : null,
            Management = ManagementOf(settings, nodes, tls),
            Heartbeat = TimeSpan.FromSeconds(settings.Number("broker-heartbeat", 10, 1, 600)),
        };
    }

    /// <summary>The broker without its credentials, for messages and logs.</summary>
    public override string ToString() => IsInMemory ? Memory : $"{(Tls is null ? "amqp" : "amqps")}://{string.Join(',', Nodes.Select(n => n.Address))}/{(VirtualHost == "/" ? "" : VirtualHost)}";

    private static string VirtualHostOf(Uri uri, string text)
    {
        string path = uri.AbsolutePath.TrimStart('/');
        string name = path.Length == 0 ? "/" : Uri.UnescapeDataString(path);
        return path.Contains('/', StringComparison.Ordinal) || name.Length > 200 ? throw Wrong(text, "the virtual host is one name after the host; write a slash in it as %2F") : name;
    }

    // The first node with everything else of the address, and the other nodes between the commas after it.
    private static (string First, string[] Others) Split(string text)
    {
        int start = text.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0;
        int end = text.IndexOf('/', start) is var slash and >= 0 ? slash : text.Length;
        int hosts = start + text[start..end].LastIndexOf('@') + 1;
        string[] nodes = text[hosts..end].Split(',');
        return (text[..hosts] + nodes[0] + text[end..], nodes[1..]);
    }

    private static BrokerNode NodeOf(Uri uri, bool tls) => new(uri.IdnHost, uri.Port > 0 ? uri.Port : tls ? 5671 : 5672);

    private static BrokerNode OtherNode(string node, string scheme, string text, bool tls) =>
        Uri.TryCreate($"{scheme}://{node}", UriKind.Absolute, out Uri? uri) && uri is { Host.Length: > 0, UserInfo: "", PathAndQuery: "" or "/" }
            ? NodeOf(uri, tls)
            : throw Wrong(text, "between the commas stand the other nodes, each HOST or HOST:PORT");

    private static Uri[] ManagementOf(SettingsSource settings, BrokerNode[] nodes, bool tls)
    {
        string text = settings.Find("broker-management") ?? string.Join(',', nodes.Select(n => tls ? $"https://{n.UriHost}:15671" : $"http://{n.UriHost}:15672"));
        return [.. text.Split(',').Distinct().Select(address => Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "http" or "https", UserInfo: "", Query: "" }
            ? new Uri(uri.AbsoluteUri.TrimEnd('/') + "/")
            : throw new ConfigurationException($"broker-management '{Hidden().Replace(text, "//…@")}' is not the address of the management API: write http://HOST:15672 without user and query, of several nodes with commas between; it uses the broker's user"))];
    }

    // A mistyped address may still hold a password.
    private static ConfigurationException Wrong(string text, string problem) => new($"broker '{Hidden().Replace(text, "//…@")}' is not the address of a broker: {problem}");

    [GeneratedRegex("//[^@/]*@")]
    private static partial Regex Hidden();
}
