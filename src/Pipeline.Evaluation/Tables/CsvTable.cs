using System.Globalization;
using System.Text;
using Pipeline.Evaluation.Aggregation;

namespace Pipeline.Evaluation.Tables;

/// <summary>A table of methods as comma-separated values, one line a mean, unscaled.</summary>
public static class CsvTable
{
    /// <summary>The text, with a head line.</summary>
    public static string Write(MethodTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        StringBuilder text = new("method,category,metric,cases,failed,scored,mean,low,high,std,median\n");
        foreach (MethodRow row in table.Rows.Concat(table.Categories))
        {
            for (int c = 0; c < table.Columns.Count; c++)
            {
                MetricSummary v = row.Values[c];
                text.Append(CultureInfo.InvariantCulture, $"{Quote(row.Method)},{Quote(row.Category ?? "")},{table.Columns[c].Metric},{row.Items},{row.Failed},{v.Count},{v.Mean:R},{v.Low:R},{v.High:R},{v.StandardDeviation:R},{v.Median:R}\n");
            }
        }

        return text.ToString();
    }

    private static string Quote(string field) => field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
