using System.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>Runs the built <c>moodpipe</c> command as a process of its own, as a user does.</summary>
public static class MoodpipeProcess
{
    /// <summary>What a finished command left behind.</summary>
    /// <param name="ExitCode">Exit code of the process.</param>
    /// <param name="Output">Standard output.</param>
    /// <param name="Error">Standard error.</param>
    public sealed record Outcome(int ExitCode, string Output, string Error)
    {
        /// <summary>Everything, for the message of a failed assertion.</summary>
        public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
    }

    /// <summary>The executable beside the running test assembly's output folder (same configuration).</summary>
    public static string Executable { get; } = FindExecutable();

    /// <summary>Starts the command without waiting.</summary>
    public static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new(Executable, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Fixtures.RepositoryRoot,
        };
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["NO_COLOR"] = "1";
        return Process.Start(start) ?? throw new InvalidOperationException("the command did not start");
    }

    /// <summary>Runs the command to its end; kills it and fails after the limit.</summary>
    public static async Task<Outcome> RunAsync(TimeSpan limit, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource timeout = new(limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"moodpipe {string.Join(' ', arguments)} did not end in {limit}:\n{await output}\n{await error}");
        }

        return new Outcome(process.ExitCode, await output, await error);
    }

    private static string FindExecutable()
    {
        // artifacts/bin/<test project>/<configuration>/ -> artifacts/bin/Pipeline.Cli/<configuration>/moodpipe
        string own = System.IO.Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string configuration = System.IO.Path.GetFileName(own);
        return System.IO.Path.GetFullPath(System.IO.Path.Combine(own, "..", "..", "Pipeline.Cli", configuration, "moodpipe"));
    }
}
