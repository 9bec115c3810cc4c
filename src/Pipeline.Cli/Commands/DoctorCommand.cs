using System.CommandLine;
using System.Text.Json;
using Pipeline.Cli.Doctor;
using Pipeline.Cli.Storage;
using Pipeline.Hosting;
using Spectre.Console;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe doctor</c>: looks at everything a job needs and says what to do about what is missing. Exit 3 when something will not work.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        Option<DirectoryInfo?> output = new("--out") { Description = "Also check that this folder can be written and has space." };
        Option<bool> json = new("--json") { Description = "Print JSON instead of a table." };
        Command command = new("doctor", "Check libraries, speed and disk.") { output, json, Storage() };
        command.SetAction(parsed => Run(parsed.GetValue(output), parsed.GetValue(json)));
        return HelpWithExamples.Describe(command, "moodpipe doctor", "moodpipe doctor --out /data/run-7 --json");
    }

    private static Command Storage()
    {
        Option<string?> store = new("--store") { Description = "The store: a folder or s3://bucket/prefix (MOODPIPE_STORE)." };
        Option<bool> json = new("--json") { Description = "Print JSON instead of a table." };
        StoragePlaces places = new();
        Command command = new("storage", "Try on a store everything that jobs rely on; nothing stays there. Exit 3 when jobs must not be run on it.") { store, json };
        places.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            using DrainSignal signal = new();
            List<CheckResult> results = await StorageChecks.RunAsync(
                parsed.GetValue(store) ?? places.Settings(parsed).Require("store", "--store s3://artefacts/moodpipe"), places.Options(parsed, retryFor: TimeSpan.FromSeconds(10)), signal.Drain).ConfigureAwait(false);
            return Show(results, parsed.GetValue(json));
        });
        return HelpWithExamples.Describe(
            command, "moodpipe doctor storage --store s3://artefacts/moodpipe --s3-endpoint https://minio.example:9000", "moodpipe doctor storage --store /data/artefacts --json");
    }

    private static int Run(DirectoryInfo? output, bool json)
    {
        List<CheckResult> results = [.. EngineChecks.Run(), .. LibraryChecks.Run()];
        if (output is not null)
        {
            results.AddRange(DiskChecks.Run(output.FullName));
        }

        return Show(results, json);
    }

    private static int Show(List<CheckResult> results, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                results.Select(r => new { r.Name, Status = r.Status.ToString().ToLowerInvariant(), r.Detail, r.Remedy }), JsonOptions));
        }
        else
        {
            Print(results);
        }

        return results.Exists(r => r.Status == CheckStatus.Fail) ? ExitCodes.Environment : ExitCodes.Done;
    }

    private static void Print(List<CheckResult> results)
    {
        Table table = new Table().Border(TableBorder.Minimal).AddColumns("state", "check", "found");
        foreach (CheckResult result in results)
        {
            string mark = result.Status switch
            {
                CheckStatus.Ok => "[green]ok[/]",
                CheckStatus.Warn => "[yellow]warn[/]",
                _ => "[red]FAIL[/]",
            };
            string remedy = result.Remedy is null ? "" : $"\n[bold]->[/] {Markup.Escape(result.Remedy)}";
            table.AddRow(mark, Markup.Escape(result.Name), Markup.Escape(result.Detail) + remedy);
        }

        AnsiConsole.Write(table);
    }
}
