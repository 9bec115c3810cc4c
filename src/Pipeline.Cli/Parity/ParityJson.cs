using System.Text.Json;

namespace Pipeline.Cli.Parity;

/// <summary>Prints reports for programs: one object with <c>cases</c> and counts. An error that is not finite is null.</summary>
internal static class ParityJson
{
    public static string Write(IReadOnlyList<CaseReport> reports)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("passed", reports.Count(r => r.Status == CaseStatus.Passed));
            json.WriteNumber("not_passed", reports.Count(r => r.Status != CaseStatus.Passed));
            json.WriteStartArray("cases");
            foreach (CaseReport report in reports)
            {
                WriteCase(json, report);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteCase(Utf8JsonWriter json, CaseReport report)
    {
        json.WriteStartObject();
        json.WriteString("name", report.Name);
        json.WriteString("kind", report.Kind);
        json.WriteString("status", report.Status.ToString().ToLowerInvariant());
        json.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 3));
        if (report.Error.Length > 0)
        {
            json.WriteString("error", report.Error);
        }

        json.WriteStartArray("tensors");
        foreach (TensorComparison row in report.Rows)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            json.WriteString("status", row.Status.ToString().ToLowerInvariant());
            if (double.IsFinite(row.MaximumError))
            {
                json.WriteNumber("max_abs_error", row.MaximumError);
            }
            else
            {
                json.WriteNull("max_abs_error");
            }

            json.WriteString("tolerance", row.Tolerance);
            if (row.Note.Length > 0)
            {
                json.WriteString("note", row.Note);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
