using System.Globalization;
using Spectre.Console;

namespace Pipeline.Cli.Parity;

/// <summary>Prints reports for people.</summary>
internal static class ParityTable
{
    /// <summary>One table per case; <paramref name="failuresOnly"/> leaves out the rows that agree.</summary>
    public static void Write(IAnsiConsole console, CaseReport report, bool failuresOnly)
    {
        string colour = report.Status == CaseStatus.Passed ? "green" : "red";
        string kind = report.Kind.Length == 0 ? "" : $" ({report.Kind})";
        console.MarkupLine($"[{colour}]{Text(report.Status)}[/] [bold]{Markup.Escape(report.Name)}[/]{Markup.Escape(kind)} {report.Rows.Count} compared, {report.Elapsed.TotalSeconds:0.00} s");
        if (report.Error.Length > 0)
        {
            console.MarkupLine($"  [red]{Markup.Escape(report.Error)}[/]");
        }

        TensorComparison[] rows = [.. report.Rows.Where(r => !failuresOnly || r.Status == ComparisonStatus.Failed)];
        if (rows.Length == 0)
        {
            return;
        }

        Table table = new Table().Border(TableBorder.Simple).AddColumn("tensor").AddColumn(new TableColumn("max abs error").RightAligned())
            .AddColumn("tolerance").AddColumn("result").AddColumn("note");
        foreach (TensorComparison row in rows)
        {
            string style = row.Status switch { ComparisonStatus.Passed => "green", ComparisonStatus.Skipped => "yellow", _ => "red" };
            table.AddRow(Markup.Escape(row.Name), Number(row.MaximumError), Markup.Escape(row.Tolerance),
                $"[{style}]{row.Status.ToString().ToLowerInvariant()}[/]", Markup.Escape(row.Note));
        }

        console.Write(table);
    }

    /// <summary>The last line: how many of each.</summary>
    public static void WriteSummary(IAnsiConsole console, IReadOnlyList<CaseReport> reports)
    {
        IEnumerable<string> parts = reports.GroupBy(r => r.Status).OrderBy(g => g.Key).Select(g => $"{g.Count()} {Text(g.Key)}");
        console.MarkupLine($"[bold]{reports.Count} cases: {string.Join(", ", parts)}[/]");
    }

    private static string Text(CaseStatus status) => status.ToString().ToLowerInvariant();

    private static string Number(double value) =>
        double.IsNaN(value) ? "-" : value == 0 ? "0" : value.ToString("0.00e0", CultureInfo.InvariantCulture);
}
