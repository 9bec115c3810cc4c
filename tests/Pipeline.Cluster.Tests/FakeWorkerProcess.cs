using System.Diagnostics;
using System.Text;
using Pipeline.FakeWorker;
using Pipeline.TestServers.Processes;

namespace Pipeline.Cluster.Tests;

/// <summary>A fake worker as a process.</summary>
internal sealed class FakeWorkerProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();

    public FakeWorkerProcess(ServerFolder folder, FakeWorkerSettings settings, string? crash)
    {
        Settings = settings;
        string file = folder.File($"{settings.WorkerId}.json");
        settings.Save(file);
        ProcessStartInfo start = folder.Program("dotnet", typeof(FakeWorkerSettings).Assembly.Location, file);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        if (crash is not null)
        {
            start.Environment["MOODPIPE_CRASH"] = crash;
        }

        process = Process.Start(start) ?? throw new InvalidOperationException("the worker did not start");
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public FakeWorkerSettings Settings { get; }

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>Lines of the log of computations: begin or end, stage, units, digests of what came out.</summary>
    public IReadOnlyList<string[]> Computations => File.Exists(Settings.ComputeLog) ? [.. File.ReadAllLines(Settings.ComputeLog).Select(l => l.Split(' ')).Where(p => p.Length == 4)] : [];

    /// <summary>Digests of everything that it computed.</summary>
    public IEnumerable<string> Made => Computations.Where(c => c[0] == "end").SelectMany(c => c[3].Split(','));

    public string Output
    {
        get
        {
            lock (output)
            {
                return $"--- {Settings.WorkerId} ({(HasEnded ? $"exit code {ExitCode}" : "alive")})\n{output}";
            }
        }
    }

    public Task EndAsync(TimeSpan limit) => process.WaitForExitAsync(new CancellationTokenSource(limit).Token);

    public void Dispose()
    {
        if (!process.HasExited)
        {
            ProcessSignal.Kill(process.Id);
            process.WaitForExit();
        }

        process.Dispose();
    }

    private void Note(string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }
}
