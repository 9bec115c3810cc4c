using System.Globalization;
using System.Net;
using System.Text;
using Pipeline.Imaging;

namespace Pipeline.Evaluation.Reports;

/// <summary>
/// Methods side by side, a row a case, as one HTML file that works from disk and asks nothing of the network. Rows beyond <see cref="MaxCases"/> are left out, and the page says so.
/// </summary>
public static class ComparisonGallery
{
    /// <summary>Most rows of a page.</summary>
    public const int MaxCases = 200;

    private const int Side = 192, Quality = 85;

    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    private const string Style = """
        .gallery { overflow: auto; margin: 22px 0 60px; max-height: calc(100vh - 40px); border: 1px solid var(--line); border-radius: 14px; background: var(--card); box-shadow: var(--shadow); }
        .gallery td, .gallery th { text-align: left; vertical-align: top; padding: 10px; }
        .gallery td img { width: 152px; height: auto; display: block; border-radius: 8px; image-rendering: auto; }
        .gallery .what { min-width: 190px; max-width: 240px; white-space: normal; }
        .gallery .what p { margin: 4px 0 0; font: 14px/1.4 var(--serif); overflow-wrap: anywhere; }
        .gallery .what p.from { color: var(--soft); }
        .gallery dl { display: grid; grid-template-columns: 1fr auto; gap: 0 8px; margin: 6px 0 0; font-size: 12px; width: 152px; }
        .gallery dt { color: var(--faint); overflow: hidden; text-overflow: ellipsis; } .gallery dd { margin: 0; text-align: right; }
        .gallery .error { width: 152px; white-space: normal; font-size: 12px; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="output">Receives UTF-8; stays open.</param>
    /// <param name="title">Headline.</param>
    /// <param name="methods">Heads of the columns.</param>
    /// <param name="cases">Rows; each has one cell a method.</param>
    public static void Write(Stream output, string title, IReadOnlyList<string> methods, IReadOnlyList<GalleryCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        using StreamWriter html = new(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        string shown = cases.Count > MaxCases ? $"the first {MaxCases} of {cases.Count} cases" : $"{cases.Count} cases";
        bool truths = cases.Any(c => c.Truth is not null);
        html.Write($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="{Policy}"><title>{Text(title)}</title><style>
            {ReportAssets.Style}{Style}</style></head><body>
            <header class="top"><h1>{Text(title)}</h1><p class="subtitle">{shown}, {methods.Count} methods side by side.</p></header>
            <main><div class="gallery"><table><thead><tr><th>edit</th><th>before</th>{(truths ? "<th>as it should be</th>" : "")}{string.Concat(methods.Select(m => $"<th>{Text(m)}</th>"))}</tr></thead><tbody>

            """);
        foreach (GalleryCase row in cases.Take(MaxCases))
        {
            html.Write($"<tr><td class=\"what\"><span class=\"id\">{Text(row.Id)}</span>{Tag(row.Category)}<p class=\"from\">{Text(row.SourcePrompt)}</p><p>{Text(row.TargetPrompt)}</p></td>");
            html.Write($"<td>{Picture(row.Source)}</td>{(truths ? $"<td>{(row.Truth is null ? "" : Picture(row.Truth))}</td>" : "")}");
            foreach (GalleryCell cell in row.Cells)
            {
                html.Write($"<td>{(cell.Image is null ? "" : Picture(cell.Image))}{(cell.Error is null ? Scores(cell) : $"<p class=\"error\">{Text(cell.Error)}</p>")}</td>");
            }

            html.Write("</tr>\n");
        }

        html.Write("</tbody></table></div></main></body></html>\n");
    }

    private static string Scores(GalleryCell cell) =>
        $"<dl>{string.Concat(cell.Scores.Select(s => string.Create(CultureInfo.InvariantCulture, $"<dt>{Text(s.Key)}</dt><dd>{s.Value:G4}</dd>")))}</dl>";

    private static string Picture(ReportImage image)
    {
        try
        {
            RgbImage small = new ThumbnailStore(Side, Quality, (_, _) => { }).Shrink(image.Decode());
            return $"<img alt=\"\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(ImageCodec.Default.Encode(small, new EncodeOptions { Format = ImageFormat.Jpeg, Quality = Quality }))}\">";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ImageFormatException)
        {
            return $"<p class=\"error\">{Text($"{image.Name}: {error.Message}")}</p>";
        }
    }

    private static string Tag(string category) => category.Length == 0 ? "" : $" <small>{Text(category)}</small>";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
