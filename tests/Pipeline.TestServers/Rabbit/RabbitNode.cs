using System.Diagnostics;
using Pipeline.TestServers.Processes;

namespace Pipeline.TestServers.Rabbit;

/// <summary>
/// A RabbitMQ node of Debian's package <c>rabbitmq-server</c> that belongs to the tests alone: own ports on the loopback address, own cookie, own name server, own folders. It can be
/// stopped in order, killed, started again with what it had on disk, and wiped.
/// </summary>
public sealed class RabbitNode : IAsyncDisposable
{
    /// <summary>The administrator's name.</summary>
    public const string User = "moodpipe";

    /// <summary>The administrator's password.</summary>
    public const string Password = "test-secret";

    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(3);
    private readonly ServerFolder folder = new("rabbit");
    private readonly RabbitNodeOptions options;
    private readonly int distributionPort = FreePorts.Next();
    private int pid;

    private RabbitNode(RabbitNodeOptions options)
    {
        this.options = options;
        Name = options.NodeName ?? NewName();
        Management = new RabbitManagement(new Uri($"http://127.0.0.1:{FreePorts.Next()}/"));
    }

    /// <summary>Name of the node, <c>name@localhost</c>.</summary>
    public string Name { get; }

    /// <summary>AMQP port.</summary>
    public int Port { get; } = FreePorts.Next();

    /// <summary>The management API.</summary>
    public RabbitManagement Management { get; }

    /// <summary>Whether the package is installed.</summary>
    public static bool IsInstalled => File.Exists(Server);

    /// <summary>A unique name of a node.</summary>
    public static string NewName() => $"mp{Environment.ProcessId}n{Guid.NewGuid().ToString("N")[..8]}@localhost";

    /// <summary>Starts a node; it takes connections when the task ends.</summary>
    public static async Task<RabbitNode> StartAsync(RabbitNodeOptions? options = null)
    {
        RabbitNodeOptions chosen = options ?? new RabbitNodeOptions();
        if (!IsInstalled)
        {
            throw new InvalidOperationException($"{Server} is missing: install Debian's package rabbitmq-server (./run-tests does it)");
        }

        var node = new RabbitNode(chosen with { NameServerPort = chosen.NameServerPort ?? FreePorts.Next() });
        try
        {
            node.Configure();
            await node.StartAsync().ConfigureAwait(false);
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Address of a virtual host, with credentials.</summary>
    public Uri Address(string vhost) => new($"amqp://{User}:{Password}@127.0.0.1:{Port}/{Uri.EscapeDataString(vhost)}");

    /// <summary>Makes a virtual host with a unique name; returns its name.</summary>
    public async Task<string> CreateVhostAsync(string stem)
    {
        string vhost = $"{stem}-{Guid.NewGuid().ToString("N")[..8]}";
        await Management.CreateVhostAsync(vhost, User).ConfigureAwait(false);
        return vhost;
    }

    /// <summary>Stops the node in order; messages on disk stay.</summary>
    public async Task StopAsync()
    {
        ProcessSignal.Terminate(pid);
        await ProcessSignal.WaitForEndAsync(pid, EndLimit).ConfigureAwait(false);
    }

    /// <summary>Kills the node without warning.</summary>
    public async Task KillAsync()
    {
        ProcessSignal.Kill(pid);
        await ProcessSignal.WaitForEndAsync(pid, EndLimit).ConfigureAwait(false);
    }

    /// <summary>Deletes everything that the node had on disk: queues, virtual hosts, users. Only while it is stopped.</summary>
    public void Wipe()
    {
        if (Directory.Exists(folder.File("mnesia")))
        {
            Directory.Delete(folder.File("mnesia"), recursive: true);
        }
    }

    /// <summary>Starts a stopped node on the same ports.</summary>
    public async Task StartAsync()
    {
        File.Delete(folder.File("pid"));
        ProcessStartInfo start = folder.Program("sh", "-c", $"exec {Server} </dev/null >>\"{folder.File("console.log")}\" 2>&1");
        foreach ((string name, string value) in Variables())
        {
            start.Environment[name] = value;
        }

        using Process launcher = Process.Start(start) ?? throw new InvalidOperationException("the broker did not start");
        await WaitUntilReadyAsync(launcher).ConfigureAwait(false);
        // The file vanishes when a stop begins, while the node still runs: read it now.
        pid = int.Parse(await File.ReadAllTextAsync(folder.File("pid")).ConfigureAwait(false));
    }

    /// <summary>Ends the node and deletes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        Management.Dispose();
        await folder.DisposeAsync().ConfigureAwait(false);
    }

    private void Configure()
    {
        List<string> lines =
        [
            $"listeners.tcp.1 = 127.0.0.1:{Port}",
            "management.tcp.ip = 127.0.0.1",
            $"management.tcp.port = {Management.Address.Port}",
            $"default_user = {User}",
            $"default_pass = {Password}",
            "disk_free_limit.absolute = 50MB",
            "vm_memory_high_watermark.absolute = 1GB",
            "log.console = false",
        ];
        if (options.Cluster.Count > 0)
        {
            lines.Add("cluster_formation.peer_discovery_backend = classic_config");
            lines.AddRange(options.Cluster.Select((name, i) => $"cluster_formation.classic_config.nodes.{i + 1} = {name}"));
        }

        lines.AddRange(options.Tls?.Settings ?? []);
        File.WriteAllLines(folder.File("rabbitmq.conf"), lines);
        File.WriteAllText(folder.File("enabled_plugins"), "[rabbitmq_management].\n");
        File.WriteAllText(folder.File("env.conf"), "");
    }

    private Dictionary<string, string> Variables() => new()
    {
        ["HOME"] = options.Home ?? folder.Path,
        ["RABBITMQ_NODENAME"] = Name,
        ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODE_PORT"] = $"{Port}",
        ["RABBITMQ_DIST_PORT"] = $"{distributionPort}",
        ["ERL_EPMD_PORT"] = $"{options.NameServerPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_MNESIA_BASE"] = folder.File("mnesia"),
        ["RABBITMQ_LOG_BASE"] = folder.File("log"),
        ["RABBITMQ_PID_FILE"] = folder.File("pid"),
        ["RABBITMQ_CONF_ENV_FILE"] = folder.File("env.conf"),
        ["RABBITMQ_CONFIG_FILE"] = folder.File("rabbitmq"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = folder.File("enabled_plugins"),
        // Two schedulers that sleep when idle: the machine is shared.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
    };

    // The AMQP listener opens last but for the management's; both must answer.
    private async Task WaitUntilReadyAsync(Process launcher)
    {
        using var limit = new CancellationTokenSource(options.StartLimit);
        while (!File.Exists(folder.File("pid")) || !await FreePorts.IsOpenAsync(Port, limit.Token).ConfigureAwait(false)
            || !await Management.IsReadyAsync(limit.Token).ConfigureAwait(false))
        {
            if (launcher.HasExited || limit.IsCancellationRequested)
            {
                string log = File.Exists(folder.File("console.log")) ? await File.ReadAllTextAsync(folder.File("console.log")).ConfigureAwait(false) : "";
                throw new InvalidOperationException($"the broker did not start within {options.StartLimit}:\n{log}");
            }

            await Task.Delay(100).ConfigureAwait(false);
        }
    }
}
