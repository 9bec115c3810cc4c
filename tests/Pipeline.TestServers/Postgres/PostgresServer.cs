using System.Diagnostics;
using Pipeline.TestServers.Processes;

namespace Pipeline.TestServers.Postgres;

/// <summary>
/// A PostgreSQL server of Debian's package <c>postgresql</c> that belongs to the tests alone: own port on the loopback address, own folder, passwords required. It can be stopped in order,
/// killed, and started again with what it had on disk. PostgreSQL refuses to run as root; then it runs as an unprivileged user.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The administrator's name.</summary>
    public const string User = "moodpipe";

    /// <summary>The administrator's password.</summary>
    public const string Password = "test-secret";

    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(3);
    private static readonly string? Programs = FindPrograms();
    private readonly ServerFolder folder = new("postgres");
    private readonly PostgresServerOptions options;
    private int pid;

    private PostgresServer(PostgresServerOptions options) => this.options = options;

    /// <summary>Whether the package is installed.</summary>
    public static bool IsInstalled => Programs is not null;

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; } = FreePorts.Next();

    private string Data => folder.File("data");

    /// <summary>Starts a server; it takes connections when the task ends.</summary>
    public static async Task<PostgresServer> StartAsync(PostgresServerOptions? options = null)
    {
        if (!IsInstalled)
        {
            throw new InvalidOperationException("/usr/lib/postgresql/*/bin is missing: install Debian's package postgresql (./run-tests does it)");
        }

        var server = new PostgresServer(options ?? new PostgresServerOptions());
        try
        {
            await server.InitializeAsync().ConfigureAwait(false);
            await server.StartAsync().ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Key-value connection string of a database, with or without the password.</summary>
    public string ConnectionString(string database, bool withPassword = true) =>
        $"Host=127.0.0.1;Port={Port};Database={database};Username={User}" + (withPassword ? $";Password={Password}" : "");

    /// <summary>Makes an empty database with a unique name; returns its name.</summary>
    public async Task<string> CreateDatabaseAsync(string stem)
    {
        string name = $"{stem}_{Guid.NewGuid().ToString("N")[..8]}";
        await QueryAsync("postgres", $"CREATE DATABASE {name} STRATEGY = file_copy").ConfigureAwait(false);
        return name;
    }

    /// <summary>Deletes a database; connections to it are closed.</summary>
    public Task DropDatabaseAsync(string database) => QueryAsync("postgres", $"DROP DATABASE IF EXISTS {database} WITH (FORCE)");

    /// <summary>Copies a database that nobody is connected to; returns the copy's name.</summary>
    public async Task<string> CopyDatabaseAsync(string database)
    {
        string copy = $"{database}_copy_{Guid.NewGuid().ToString("N")[..4]}";
        await QueryAsync("postgres", $"CREATE DATABASE {copy} TEMPLATE {database}").ConfigureAwait(false);
        return copy;
    }

    /// <summary>What <c>psql</c> answers to a command: rows as lines, fields separated by <c>|</c>.</summary>
    public async Task<string> QueryAsync(string database, string sql)
    {
        ProcessStartInfo start = new(Path.Combine(Programs!, "psql"), ["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{Port}", "-U", User, "-d", database, "-c", sql]);
        start.Environment["PGPASSWORD"] = Password;
        return (await RunAsync(start).ConfigureAwait(false)).TrimEnd('\n');
    }

    /// <summary>Processor time of the server and its sessions so far.</summary>
    public TimeSpan ProcessorTime() => new[] { pid }.Concat(Children(pid)).Aggregate(TimeSpan.Zero, (sum, member) => sum + ProcessorTime(member));

    /// <summary>Stops the server in order: open transactions are rolled back, connections closed.</summary>
    public async Task StopAsync()
    {
        await RunAsync(AsServer("pg_ctl", "-D", Data, "-m", "fast", "-w", "-t", "180", "stop")).ConfigureAwait(false);
        await ProcessSignal.WaitForEndAsync(pid, EndLimit).ConfigureAwait(false);
    }

    /// <summary>Kills the server and its sessions without warning.</summary>
    public async Task KillAsync()
    {
        // The parent first, or it would see a child die and start others.
        int[] family = [pid, .. Children(pid)];
        foreach (int member in family)
        {
            ProcessSignal.Kill(member);
        }

        foreach (int member in family)
        {
            await ProcessSignal.WaitForEndAsync(member, EndLimit).ConfigureAwait(false);
        }
    }

    /// <summary>Starts a stopped or killed server on the same port.</summary>
    public async Task StartAsync()
    {
        string log = folder.File("server.log");
        ProcessStartInfo start = AsServer("sh", "-c", $"exec {Programs}/postgres -D '{Data}' </dev/null >>'{log}' 2>&1");
        using Process launcher = Process.Start(start) ?? throw new InvalidOperationException("the database server did not start");
        using var limit = new CancellationTokenSource(options.StartLimit);
        while (!await IsReadyAsync().ConfigureAwait(false))
        {
            if (launcher.HasExited || limit.IsCancellationRequested)
            {
                throw new InvalidOperationException($"the database server did not start within {options.StartLimit}:\n{await File.ReadAllTextAsync(log).ConfigureAwait(false)}");
            }

            await Task.Delay(100).ConfigureAwait(false);
        }

        pid = int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")).ConfigureAwait(false))[0]);
    }

    /// <summary>Ends the server and deletes its folder.</summary>
    public ValueTask DisposeAsync() => folder.DisposeAsync();

    private static string? FindPrograms() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Where(d => File.Exists($"{d}/bin/initdb")).OrderBy(d => int.TryParse(Path.GetFileName(d), out int version) ? version : 0)
            .Select(d => $"{d}/bin").LastOrDefault()
        : null;

    private static IEnumerable<int> Children(int parent)
    {
        foreach (string process in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string stat;
            try
            {
                stat = File.ReadAllText($"{process}/stat");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // it has ended meanwhile
            }

            if (int.Parse(stat[(stat.LastIndexOf(')') + 4)..].Split(' ')[0]) == parent)
            {
                yield return int.Parse(Path.GetFileName(process));
            }
        }
    }

    // A session that has ended counts as time of the parent's children.
    private static TimeSpan ProcessorTime(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return TimeSpan.FromMilliseconds(10 * stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..15].Sum(double.Parse)); // ticks of 10 ms
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return TimeSpan.Zero;
        }
    }

    private async Task InitializeAsync()
    {
        string password = folder.File("password");
        await File.WriteAllTextAsync(password, Password).ConfigureAwait(false);
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(folder.File("server.log"), "").ConfigureAwait(false);
        if (Environment.IsPrivilegedProcess)
        {
            // The folder above is this user's alone: the server may pass through it and owns its own.
            await RunAsync(new ProcessStartInfo("chmod", ["go+x", folder.Path])).ConfigureAwait(false);
            await RunAsync(new ProcessStartInfo("chown", ["-R", Unprivileged(), Data, password, folder.File("server.log")])).ConfigureAwait(false);
        }

        await RunAsync(AsServer("initdb", "-D", Data, "-U", User, "--pwfile", password, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")).ConfigureAwait(false);
        string[] settings =
        [
            "", "listen_addresses = '127.0.0.1'", $"port = {Port}", "unix_socket_directories = ''", $"max_connections = {options.MaxConnections}", "shared_buffers = 64MB",
            $"fsync = {(options.FlushToDisk ? "on" : "off")}", "full_page_writes = on", "max_wal_size = 1GB", "lc_messages = 'C'", "max_parallel_workers_per_gather = 0",
        ];
        await RunAsync(AsServer("sh", "-c", $"cat >> '{Data}/postgresql.conf'"), string.Join('\n', settings) + "\n").ConfigureAwait(false);
    }

    private async Task<bool> IsReadyAsync()
    {
        using Process ask = Process.Start(new ProcessStartInfo(Path.Combine(Programs!, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", $"{Port}"]))!;
        await ask.WaitForExitAsync().ConfigureAwait(false);
        return ask.ExitCode == 0;
    }

    // The user that the package made, or nobody.
    private static string Unprivileged() => File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private ProcessStartInfo AsServer(string program, params string[] arguments)
    {
        string path = File.Exists(Path.Combine(Programs!, program)) ? Path.Combine(Programs!, program) : program;
        string[] command = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={Unprivileged()}", $"--regid={PrimaryGroup()}", "--clear-groups", path, .. arguments] : [path, .. arguments];
        return folder.Program(command[0], command[1..]);
    }

    private static string PrimaryGroup() => File.ReadLines("/etc/passwd").First(l => l.StartsWith($"{Unprivileged()}:", StringComparison.Ordinal)).Split(':')[3];

    private static async Task<string> RunAsync(ProcessStartInfo start, string? input = null)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}: {await errors.ConfigureAwait(false)}");
    }
}
