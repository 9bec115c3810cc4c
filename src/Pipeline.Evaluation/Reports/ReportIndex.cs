using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Reports;

/// <summary>
/// Everything about the items but their pictures, as JSON for the page's script. The encoder escapes &lt;, &gt;, &amp; and quotes, so no text of an item can end the script element.
/// </summary>
internal static class ReportIndex
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    internal static byte[] Write(IReadOnlyList<ReportEntry> entries, IReadOnlyList<string> metrics, IReadOnlyList<string> emotions, int pageSize)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("pageSize", pageSize);
            WriteList(json, "emotions", emotions);
            json.WriteStartArray("metrics");
            foreach (string metric in metrics)
            {
                json.WriteStartObject();
                json.WriteString("name", metric);
                json.WriteString("label", MetricLabel.Of(metric));
                json.WriteBoolean("lower", MetricNames.LowerIsBetter(metric));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("items");
            foreach (ReportEntry entry in entries)
            {
                WriteItem(json, entry, metrics);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteItem(Utf8JsonWriter json, ReportEntry entry, IReadOnlyList<string> metrics)
    {
        ReportItem item = entry.Item;
        json.WriteStartObject();
        json.WriteString("id", item.Id);
        json.WriteString("emotion", item.Emotion);
        json.WriteString("status", item.Status.ToString().ToLowerInvariant());
        json.WriteNumber("before", entry.Before);
        json.WriteNumber("map", entry.Map);
        json.WriteNumber("after", entry.After);
        json.WriteNumber("aspect", Math.Round(entry.Aspect, 3));
        WriteText(json, "beforeHref", item.Before?.Href);
        WriteText(json, "afterHref", item.After?.Href);
        WriteText(json, "source", item.SourcePrompt);
        WriteText(json, "target", item.TargetPrompt);
        WriteText(json, "negative", item.NegativePrompt);
        WriteText(json, "caption", item.Caption);
        json.WriteStartArray("stimuli");
        foreach (ReportStimulus stimulus in item.Stimuli)
        {
            json.WriteStartArray();
            json.WriteStringValue(stimulus.SourcePhrase);
            json.WriteStringValue(stimulus.TargetPhrase);
            json.WriteNumberValue(stimulus.Importance);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        WriteScores(json, item, metrics);
        json.WriteStartArray("times");
        foreach ((string stage, double seconds) in item.Seconds.Where(pair => double.IsFinite(pair.Value) && pair.Value >= 0))
        {
            json.WriteStartArray();
            json.WriteStringValue(stage);
            json.WriteNumberValue(Math.Round(seconds, 3));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        WriteError(json, item.Error);
        WriteList(json, "notes", entry.Notes);
        json.WriteEndObject();
    }

    /// <summary>By place in the list of metrics: a number, the word for why there is none, or null where the metric was not computed.</summary>
    private static void WriteScores(Utf8JsonWriter json, ReportItem item, IReadOnlyList<string> metrics)
    {
        json.WriteStartArray("scores");
        foreach (string metric in metrics)
        {
            if (!item.Metrics.TryGetValue(metric, out MetricValue value))
            {
                json.WriteNullValue();
            }
            else if (value.Value is { } number && double.IsFinite(number))
            {
                json.WriteNumberValue(Math.Round(number, 6));
            }
            else
            {
                json.WriteStringValue(value.Flag == MetricFlag.Identical ? "identical" : "none");
            }
        }

        json.WriteEndArray();
    }

    private static void WriteError(Utf8JsonWriter json, ReportError? error)
    {
        if (error is not null)
        {
            json.WriteStartObject("error");
            json.WriteString("stage", error.Stage);
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
