using System.Diagnostics;

namespace Pipeline.TestServers.Processes;

/// <summary>
/// The folder of one server that a test started, and the promise that both are gone at the end, also when the test process is killed: a small watchdog process holds the other end of a
/// pipe, and when the pipe closes it kills every process that was started for this folder and deletes it.
/// </summary>
public sealed class ServerFolder : IAsyncDisposable
{
    /// <summary>Environment variable that marks the processes of a folder; its value is the folder's path. A process whose command line names the folder counts as well.</summary>
    public const string Marker = "MOODPIPE_TEST_SERVER";

    // Ends when its standard input does, which the kernel closes with the test process. Kills by environment or command line of this very folder, never by name; looks at all processes
    // with two programs and not with two for each.
    private const string Watch = """
        folder=$1
        while read -r _; do :; done
        for round in 1 2 3; do
            for found in $(grep -lzxF "MOODPIPE_TEST_SERVER=$folder" /proc/[0-9]*/environ 2>/dev/null; grep -lF "$folder" /proc/[0-9]*/cmdline 2>/dev/null); do
                pid=${found#/proc/}
                pid=${pid%/*}
                [ "$pid" = "$$" ] || kill -9 "$pid" 2>/dev/null
            done
            rm -rf "$folder" && break
            sleep 0.2
        done
        """;

    private readonly Process watchdog;

    /// <summary>Makes a fresh folder and its watchdog.</summary>
    /// <param name="kind">Word for the folder's name, such as <c>rabbit</c>.</param>
    public ServerFolder(string kind)
    {
        Path = Directory.CreateTempSubdirectory($"moodpipe-{kind}-").FullName;
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Watch, "watchdog-of-" + kind, Path]) { RedirectStandardInput = true };
        watchdog = Process.Start(start) ?? throw new InvalidOperationException("the watchdog did not start");
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Full path of a file or folder below it.</summary>
    public string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>A start of a program that belongs to this folder.</summary>
    public ProcessStartInfo Program(string program, params string[] arguments)
    {
        // A session of its own: a Ctrl-C meant for the test run must not reach the server.
        var start = new ProcessStartInfo("setsid", [program, .. arguments]) { WorkingDirectory = Path };
        start.Environment[Marker] = Path;
        return start;
    }

    /// <summary>Kills the processes that are left and deletes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        watchdog.StandardInput.Close();
        await watchdog.WaitForExitAsync().ConfigureAwait(false);
        watchdog.Dispose();
    }
}
