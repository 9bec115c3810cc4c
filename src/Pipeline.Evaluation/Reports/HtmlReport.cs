using System.Globalization;
using System.Net;
using System.Text;

namespace Pipeline.Evaluation.Reports;

/// <summary>
/// Writes a gallery with scores as one HTML file that works from disk: style, script, index and thumbnails are inside, and nothing is asked of the network.
/// Before, stimulus map and after stand side by side; items can be searched, filtered by emotion and status and sorted by any score; one item opens large with a slider.
/// </summary>
public static class HtmlReport
{
    private const string Policy = "default-src 'none'; img-src data: file: 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

    /// <summary>Writes the report. Equal documents and options give equal bytes.</summary>
    /// <param name="output">Receives UTF-8; stays open.</param>
    /// <param name="document">What to show.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Stops between two items.</param>
    public static void Write(Stream output, ReportDocument document, ReportOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(document);
        options ??= new ReportOptions();
        IEnumerable<ReportItem> source = document.ItemCount is null ? [.. document.Items] : document.Items;
        int count = document.ItemCount ?? source.Count();

        List<byte[]> pictures = [];
        var thumbnails = new ThumbnailStore(options.SideFor(count), options.ThumbnailQuality, (_, jpeg) => pictures.Add(jpeg));
        List<ReportEntry> entries = new(count);
        foreach (ReportItem item in source)
        {
            cancellation.ThrowIfCancellationRequested();
            entries.Add(ReportEntry.Create(item, thumbnails));
        }

        string[] metrics = [.. MetricLabel.Order(entries.SelectMany(entry => entry.Item.Metrics.Keys).Distinct())];
        string[] emotions = [.. entries.Select(entry => entry.Item.Emotion).Distinct().Order(StringComparer.Ordinal)];
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        WriteHead(writer, document, entries, emotions.Length);
        writer.Write(ReportAssets.Body.Replace("{{table}}", metrics.Length > 0 ? ReportTable.Write(document, entries, metrics, options.Seed) : string.Empty, StringComparison.Ordinal));
        writer.Write("<script type=\"application/json\" id=\"index\">");
        writer.Write(Encoding.UTF8.GetString(ReportIndex.Write(entries, metrics, emotions, options.PageSize)));
        writer.Write("</script>\n");
        for (int i = 0; i < pictures.Count; i++)
        {
            writer.Write($"<script type=\"text/plain\" id=\"p{i}\">{Convert.ToBase64String(pictures[i])}</script>\n");
        }

        writer.Write($"<script>\n{ReportAssets.Script}</script>\n</body>\n</html>\n");
    }

    private static void WriteHead(StreamWriter writer, ReportDocument document, List<ReportEntry> entries, int emotions)
    {
        string title = WebUtility.HtmlEncode(document.Title);
        writer.Write($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="{Policy}">
            <title>{title}</title>
            <style>
            {ReportAssets.Style}</style>
            </head>
            <body>
            <header class="top">
            <div class="row"><div><h1>{title}</h1>{Paragraph(document.Subtitle)}</div><button type="button" class="icon" id="theme" aria-label="Light or dark">◐</button></div>

            """);
        if (document.Facts.Count > 0)
        {
            writer.Write("<dl class=\"facts\">");
            foreach ((string name, string value) in document.Facts)
            {
                writer.Write($"<div><dt>{WebUtility.HtmlEncode(name)}</dt><dd>{WebUtility.HtmlEncode(value)}</dd></div>");
            }

            writer.Write("</dl>\n");
        }

        writer.Write("<div class=\"numbers\">");
        int failed = entries.Count(entry => entry.Item.Status == ReportStatus.Failed), skipped = entries.Count(entry => entry.Item.Status == ReportStatus.Skipped);
        WriteNumber(writer, $"{entries.Count:N0}", "items");
        WriteNumber(writer, $"{entries.Count - failed - skipped:N0}", "edited");
        WriteNumber(writer, $"{failed:N0}", "failed", failed > 0);
        if (skipped > 0)
        {
            WriteNumber(writer, $"{skipped:N0}", "skipped");
        }

        WriteNumber(writer, $"{emotions:N0}", emotions == 1 ? "emotion" : "emotions");
        double[] seconds = [.. entries.Where(entry => entry.Item.Status == ReportStatus.Ok && entry.TotalSeconds > 0).Select(entry => entry.TotalSeconds).Order()];
        if (seconds.Length > 0)
        {
            WriteNumber(writer, string.Create(CultureInfo.InvariantCulture, $"{seconds[seconds.Length / 2]:0.0} s"), "an item, median");
        }

        writer.Write("</div>\n</header>\n");
    }

    private static void WriteNumber(StreamWriter writer, string number, string label, bool bad = false) =>
        writer.Write($"<div class=\"number{(bad ? " bad" : string.Empty)}\"><b>{number}</b><span>{label}</span></div>");

    private static string Paragraph(string text) => text.Length == 0 ? string.Empty : $"<p class=\"subtitle\">{WebUtility.HtmlEncode(text)}</p>";
}
