using System.Globalization;
using System.Net;
using System.Text;
using Pipeline.Evaluation.Aggregation;
using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Reports;

/// <summary>The table of means with their intervals, as HTML that needs no script: a line for all items and one for each emotion.</summary>
internal static class ReportTable
{
    internal static string Write(ReportDocument document, IReadOnlyList<ReportEntry> entries, IReadOnlyList<string> metrics, ulong seed)
    {
        IReadOnlyList<MetricRow> rows = MetricTable.Aggregate(
            entries.Where(entry => entry.Item.Status != ReportStatus.Skipped)
                .Select(entry => new ScoredItem(document.Dataset, entry.Item.Method, entry.Item.Emotion, entry.Item.Status == ReportStatus.Ok, entry.Item.Metrics)),
            seed);
        var html = new StringBuilder();
        foreach (IGrouping<string, MetricRow> method in rows.GroupBy(row => row.Method))
        {
            WriteMethod(html, method.Key, [.. method], metrics);
        }

        return html.ToString();
    }

    private static void WriteMethod(StringBuilder html, string method, MetricRow[] rows, IReadOnlyList<string> metrics)
    {
        string[] columns = [.. metrics.Where(metric => rows.Any(row => row.Metric == metric))];
        string name = method.Length == 0 ? "Scores" : "Scores of " + WebUtility.HtmlEncode(method);
        html.Append($"<details class=\"table\" open><summary><h2>{name}</h2><small>means by emotion; the bars are 95 % intervals, more on hovering</small></summary><div class=\"scroll\"><table><thead><tr><th>emotion</th><th>items</th><th>scored</th>");
        foreach (string metric in columns)
        {
            html.Append($"<th title=\"{WebUtility.HtmlEncode(metric)}\">{WebUtility.HtmlEncode(MetricLabel.Of(metric))} <span class=\"arrow\">{(MetricNames.LowerIsBetter(metric) ? "↓" : "↑")}</span></th>");
        }

        html.Append("</tr></thead><tbody>");
        foreach (IGrouping<string?, MetricRow> line in rows.GroupBy(row => row.Category).OrderBy(group => group.Key is not null).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            MetricRow first = line.First();
            html.Append(line.Key is null
                ? "<tr class=\"all\"><th>all</th>"
                : $"<tr><th><span class=\"tag\" data-emotion=\"{WebUtility.HtmlEncode(line.Key)}\">{WebUtility.HtmlEncode(line.Key)}</span></th>");
            html.Append($"<td>{first.Items}</td><td>{(int)Math.Round(100 * line.Max(row => row.Coverage))} %</td>");
            foreach (string metric in columns)
            {
                WriteCell(html, line.FirstOrDefault(row => row.Metric == metric), [.. rows.Where(row => row.Metric == metric)]);
            }

            html.Append("</tr>");
        }

        html.Append("</tbody></table></div></details>\n");
    }

    /// <summary>The mean, and its interval as a whisker on the column's common scale.</summary>
    private static void WriteCell(StringBuilder html, MetricRow? row, MetricRow[] column)
    {
        if (row?.Summary is not { Mean: { } mean, Low: { } low, High: { } high } summary)
        {
            html.Append("<td>–</td>");
            return;
        }

        double left = column.Min(r => r.Summary.Low ?? double.MaxValue), right = column.Max(r => r.Summary.High ?? double.MinValue);
        double At(double value) => right > left ? 3 + 50 * (value - left) / (right - left) : 28;
        string tip = string.Create(CultureInfo.InvariantCulture, $"95 % interval {Number(low)} to {Number(high)}, n {summary.Count}, median {Number(summary.Median!.Value)}, standard deviation {(summary.StandardDeviation is { } s ? Number(s) : "–")}{(row.MacroMean is { } macro ? $", mean of emotions {Number(macro)}" : "")}");
        html.Append(CultureInfo.InvariantCulture, $"<td title=\"{tip}\">{Number(mean)}<svg width=\"56\" height=\"8\" aria-hidden=\"true\"><line x1=\"{At(low):0.#}\" x2=\"{At(high):0.#}\" y1=\"4\" y2=\"4\" stroke=\"var(--faint)\" stroke-width=\"2\" stroke-linecap=\"round\"/><circle cx=\"{At(mean):0.#}\" cy=\"4\" r=\"3\" fill=\"var(--accent)\"/></svg></td>");
    }

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1000 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.00", CultureInfo.InvariantCulture),
        >= 0.1 or 0 => value.ToString("0.000", CultureInfo.InvariantCulture),
        >= 0.01 => value.ToString("0.0000", CultureInfo.InvariantCulture),
        >= 0.001 => value.ToString("0.00000", CultureInfo.InvariantCulture),
        _ => value.ToString("0.0e0", CultureInfo.InvariantCulture),
    };
}
