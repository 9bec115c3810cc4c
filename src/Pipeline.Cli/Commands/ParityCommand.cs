using System.CommandLine;
using Pipeline.Cli.Parity;
using Spectre.Console;

namespace Pipeline.Cli.Commands;

/// <summary>
/// <c>moodpipe parity DIR</c>: runs reference cases and compares every stored value. Exit status: 0 all agree, 1 something does not, 2 no case there.
/// </summary>
internal static class ParityCommand
{
    public static Command Create()
    {
        Argument<DirectoryInfo> directory = new("DIR") { Description = "A reference case (a folder with meta.json), or a tree of them." };
        Option<string?> only = new("--only") { Description = "Run only the cases whose name matches this pattern with * and ?, such as 'tokenizer_*'." };
        Option<bool> json = new("--json") { Description = "Print one JSON object instead of tables." };
        Option<bool> failures = new("--failures") { Description = "Print only the rows that do not agree." };
        Command command = new("parity", "Run reference cases and compare every stored value with what this program computes.") { directory, only, json, failures };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetRequiredValue(directory), parsed.GetValue(only), parsed.GetValue(json), parsed.GetValue(failures), cancellation)));
        return HelpWithExamples.Describe(command, "moodpipe parity tests/fixtures/goldens", "moodpipe parity tests/fixtures/goldens --only 'tokenizer_*' --json");
    }

    private static int Run(DirectoryInfo directory, string? only, bool json, bool failures, CancellationToken cancellation)
    {
        if (!directory.Exists)
        {
            throw CommandFailure.Usage($"{directory.FullName}: no such folder");
        }

        IAnsiConsole console = Terminal.Output();
        List<CaseReport> reports = [];
        foreach (CaseReport report in new ParitySession(ParityRunners.All).Run(directory.FullName, only, cancellation))
        {
            reports.Add(report);
            if (!json)
            {
                ParityTable.Write(console, report, failures);
            }
        }

        if (reports.Count == 0)
        {
            string matching = only is null ? "" : $"matching '{only}' ";
            throw CommandFailure.Usage($"{directory.FullName}: no reference case {matching}there (a case is a folder with meta.json and expected values)");
        }

        if (json)
        {
            Console.Out.WriteLine(ParityJson.Write(reports));
        }
        else
        {
            ParityTable.WriteSummary(console, reports);
        }

        return reports.TrueForAll(r => r.Status == CaseStatus.Passed) ? ExitCodes.Done : ExitCodes.ItemsFailed;
    }
}
