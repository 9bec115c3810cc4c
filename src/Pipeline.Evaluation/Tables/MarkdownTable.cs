using System.Globalization;
using System.Text;
using Pipeline.Evaluation.Aggregation;
using Pipeline.Evaluation.Comparison;
using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Tables;

/// <summary>A table of methods as Markdown: means with half widths, the best of each column in bold, then the reported orders and what the run says of them.</summary>
public static class MarkdownTable
{
    /// <summary>The text.</summary>
    /// <param name="table">Values.</param>
    /// <param name="preset">Where the table comes from: published values become rows of their own. May be null.</param>
    public static string Write(MethodTable table, TablePreset? preset = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        StringBuilder text = new($"## {table.Title}\n\nMeans over cases; in brackets the 95 % bootstrap interval of the mean.\n\n");
        Head(text, table, "method");
        for (int i = 0; i < table.Rows.Count; i++)
        {
            int at = i;
            Line(text, table.Rows[i].Method, table.Rows[i], table, c => table.Best(c) == at);
            if (preset is not null && table.Columns.Any(c => preset.Published.ContainsKey((table.Rows[at].Method, c.Metric))))
            {
                Published(text, table, preset, table.Rows[i].Method);
            }
        }

        if (table.Categories.Count > 0)
        {
            text.Append("\n### By kind of edit\n\n");
            Head(text, table, "kind, method");
            foreach (MethodRow row in table.Categories)
            {
                Line(text, $"{row.Category}, {row.Method}", row, table, _ => false);
            }
        }

        Findings(text, table);
        return text.ToString();
    }

    private static void Head(StringBuilder text, MethodTable table, string first)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {first} | cases | failed |{string.Concat(table.Columns.Select(c => $" {Escape(c.Header)} {(MetricNames.LowerIsBetter(c.Metric) ? "↓" : "↑")} |"))}\n");
        text.Append(CultureInfo.InvariantCulture, $"| --- | ---: | ---: |{string.Concat(table.Columns.Select(_ => " ---: |"))}\n");
    }

    private static void Line(StringBuilder text, string name, MethodRow row, MethodTable table, Func<int, bool> isBest)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {Escape(name)} | {row.Items} | {row.Failed} |");
        for (int c = 0; c < table.Columns.Count; c++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {Cell(table.Columns[c], row.Values[c], isBest(c))} |");
        }

        text.Append('\n');
    }

    private static string Cell(TableColumn column, MetricSummary value, bool best)
    {
        if (value is not { Mean: { } mean, Low: { } low, High: { } high })
        {
            return "–";
        }

        string Number(double v) => (v * column.Scale).ToString("F" + column.Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return $"{(best ? $"**{Number(mean)}**" : Number(mean))} [{Number(low)}, {Number(high)}]";
    }

    private static void Published(StringBuilder text, MethodTable table, TablePreset preset, string method)
    {
        text.Append("| *as published* | | |");
        foreach (TableColumn column in table.Columns)
        {
            text.Append(CultureInfo.InvariantCulture, $" {(preset.Published.TryGetValue((method, column.Metric), out double value) ? $"*{value}*" : "")} |");
        }

        text.Append('\n');
    }

    private static void Findings(StringBuilder text, MethodTable table)
    {
        if (table.Findings.Count == 0)
        {
            return;
        }

        text.Append("\n### Reported orders\n\n| metric | better | than | mean difference [95 %] | cases | this run |\n| --- | --- | --- | ---: | ---: | --- |\n");
        foreach (OrderFinding finding in table.Findings)
        {
            MetricSummary d = finding.Difference;
            string interval = d is { Mean: { } mean, Low: { } low, High: { } high } ? string.Create(CultureInfo.InvariantCulture, $"{mean:G3} [{low:G3}, {high:G3}]") : "–";
            text.Append(CultureInfo.InvariantCulture, $"| {finding.Claim.Metric} | {Escape(finding.Claim.Better)} | {Escape(finding.Claim.Worse)} | {interval} | {d.Count} | {finding.Verdict.ToString().ToLowerInvariant()} |\n");
        }
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
