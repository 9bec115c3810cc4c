using System.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>A test assembly started as a program of its own, to be killed without warning.</summary>
public sealed class ChildProcess : IDisposable
{
    private readonly Process process;

    private ChildProcess(Process process) => this.process = process;

    /// <summary>What the child writes, line by line.</summary>
    public StreamReader Output => process.StandardOutput;

    /// <summary>What the child reads.</summary>
    public StreamWriter Input => process.StandardInput;

    /// <summary>Process id.</summary>
    public int Id => process.Id;

    /// <summary>Starts the assembly of a type with arguments. The assembly must have an entry point.</summary>
    public static ChildProcess Start(Type anyTypeOfTheAssembly, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && System.IO.Path.GetFileName(path).StartsWith("dotnet", StringComparison.Ordinal) ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(anyTypeOfTheAssembly.Assembly.Location);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException("the child process did not start"));
    }

    /// <summary>Sends SIGKILL and waits for the end: no handler, no flush, no finally.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Waits for the child to end by itself and returns its exit code.</summary>
    public int WaitForExit(TimeSpan limit) =>
        process.WaitForExit(limit) ? process.ExitCode : throw new TimeoutException($"the child process did not end within {limit}");

    /// <inheritdoc />
    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }
}
