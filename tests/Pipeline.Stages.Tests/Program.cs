using System.Diagnostics;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;

namespace Pipeline.Stages.Tests;

/// <summary>
/// The program that the kill tests start: an embedded run with slow fake stages over a prepared folder (<c>run FOLDER [EDITS MS]</c>). It kills itself so many milliseconds after so many edits were
/// computed, so that a run gets as far on any machine.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["run", { } root, .. var death])
        {
            return 2;
        }

        var options = new EmbeddedRunOptions
        {
            OpenManifest = () => File.OpenRead(Path.Combine(root, "manifest.jsonl")),
            Sources = new FileSourceReader(root),
            OutputFolder = Path.Combine(root, "killed"),
            StateFolder = Path.Combine(root, "killed-state"),
            Window = 16,
        };
        var stages = new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(30)) };
        if (death is [{ } edits, { } delay])
        {
            new Thread(() => Die(stages.Edit, int.Parse(edits), int.Parse(delay))) { IsBackground = true }.Start();
        }

        RunSummary summary = await new EmbeddedRun(options, stages.Runners).RunAsync(new Reporter(), default, default);
        Console.WriteLine($"finished {summary.Done} {summary.Failed} {summary.Open}");
        return 0;
    }

    private static void Die(FakeStage edit, int edits, int delay)
    {
        while (edit.ComputedUnits < edits)
        {
            Thread.Sleep(1);
        }

        Thread.Sleep(delay);
        Process.GetCurrentProcess().Kill();
    }

    private sealed class Reporter : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            lock (Console.Out)
            {
                Console.WriteLine(value is RunStarted ? "started" : "progress");
                Console.Out.Flush();
            }
        }
    }
}
