using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Evaluation.Aggregation;
using Pipeline.Evaluation.Comparison;
using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.Reports;
using Pipeline.Evaluation.Tables;

namespace Pipeline.Cli.Eval;

/// <summary>The files of an evaluation: every item, the tables in four forms, plots, a gallery. Each appears whole or not at all; the same items give the same bytes.</summary>
internal sealed class EvalFiles(EvalRequest request, EvalSuite suite)
{
    public const string Items = "items.jsonl";
    public const string Markdown = "table.md";
    public const string Gallery = "gallery.html";

    /// <summary>The metrics against each other in the trade-off plots: how much stays, and how much is reached.</summary>
    private static readonly (string Horizontal, string Vertical)[] s_plots =
        [(MetricNames.StructureDistance, MetricNames.ClipTarget), (MetricNames.Psnr + MetricNames.UneditPart, MetricNames.ClipTarget)];

    /// <summary>The items of an earlier evaluation.</summary>
    /// <exception cref="CommandFailure">The folder holds none.</exception>
    public static IReadOnlyList<EvaluatedItem> ReadItems(string folder)
    {
        string path = Path.Combine(folder, Items);
        try
        {
            return [.. File.ReadLines(path).Select((line, at) => JsonSerializer.Deserialize<EvaluatedItem>(line, ContractJson.Options) ?? throw new JsonException($"line {at + 1} is null"))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw CommandFailure.Usage($"--baseline {folder}: {path} cannot be read: {error.Message}: name the output folder of an earlier evaluation");
        }
    }

    /// <summary>Writes all files.</summary>
    public void Write(IReadOnlyList<EvaluatedItem> items, IReadOnlyList<EvaluatedItem>? baseline, IReadOnlyList<GateResult> gates)
    {
        string[] methods = [.. request.Methods.Select(m => m.Label)];
        ulong seed = (ulong)request.Seed;
        string title = request.Preset?.Title ?? $"Evaluation of {suite.Name}";
        MethodTable all = MethodTable.Of(title, methods, null, items, [], seed);
        MethodTable shown = request.Preset is { } preset ? MethodTable.Of(title, methods, preset.Columns, items, preset.Claims, seed) : all;
        Put(Items, string.Concat(items.Select(i => Encoding.UTF8.GetString(ContractJson.Serialize(i)) + "\n")));
        Put(Markdown, MarkdownTable.Write(shown, request.Preset) + Compared(items, baseline, methods, shown) + Gates(gates));
        Put("table.csv", CsvTable.Write(all));
        Put("table.json", JsonSerializer.Serialize(new { suite = suite.Name, preset = request.Preset?.Name, seed, table = all, orders = shown.Findings, gates }, s_indented));
        Put("junit.xml", JUnitReport.Write(title, items, gates));
        foreach ((string horizontal, string vertical) in s_plots)
        {
            if (TradeoffPlot.Draw(all, horizontal, vertical) is { } svg)
            {
                Put($"{vertical}-{horizontal}.svg", svg);
            }
        }

        WriteGallery(items, methods, title, shown);
    }

    private static readonly JsonSerializerOptions s_indented = new(ContractJson.Options) { WriteIndented = true };

    private static string Compared(IReadOnlyList<EvaluatedItem> items, IReadOnlyList<EvaluatedItem>? baseline, string[] methods, MethodTable table)
    {
        if (baseline is null)
        {
            return "";
        }

        StringBuilder text = new("\n## Against the baseline run\n\nMean difference over common cases, this run minus the baseline, with its 95 % interval.\n\n| method | metric | cases | difference |\n| --- | --- | ---: | ---: |\n");
        foreach ((string method, TableColumn column) in methods.SelectMany(m => table.Columns.Select(c => (m, c))))
        {
            MetricSummary difference = PairedDifference.Of(items.Where(i => i.Method == method), baseline.Where(i => i.Method == method), column.Metric);
            if (difference is { Mean: { } mean, Low: { } low, High: { } high })
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {method} | {column.Metric} | {difference.Count} | {mean:G3} [{low:G3}, {high:G3}] |\n");
            }
        }

        return text.ToString();
    }

    private static string Gates(IReadOnlyList<GateResult> gates) => gates.Count == 0
        ? ""
        : "\n## Quality gates\n\n| gate | method | measured | |\n| --- | --- | ---: | --- |\n" + string.Concat(gates.Select(g => FormattableString.Invariant($"| {g.Gate.Text} | {g.Method} | {g.Value:G6} | {(g.Passed ? "kept" : "broken")} |\n")));

    private void WriteGallery(IReadOnlyList<EvaluatedItem> items, string[] methods, string title, MethodTable table)
    {
        ILookup<string, EvaluatedItem> byCase = items.ToLookup(i => i.Id, StringComparer.Ordinal);
        GalleryCase[] cases = [.. suite.Cases.Where(c => byCase.Contains(c.Id)).Select(c => new GalleryCase(
            c.Id, c.Category, c.SourcePrompt ?? "", c.TargetPrompt ?? c.Emotion ?? "", ReportImage.FromFile(Path.Combine(suite.Folder, c.Image)),
            c.Truth is null ? null : ReportImage.FromFile(Path.Combine(suite.Folder, c.Truth)),
            [.. methods.Select(m => byCase[c.Id].FirstOrDefault(i => i.Method == m)).Select(i => Cell(i, table))]))];
        string path = Path.Combine(request.Output, Gallery);
        using (FileStream file = File.Create(path + ".tmp"))
        {
            ComparisonGallery.Write(file, title, methods, cases);
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }

    private GalleryCell Cell(EvaluatedItem? item, MethodTable table) => new(
        item?.Image is { } image ? ReportImage.FromFile(Path.Combine(request.Output, image), image) : null,
        item?.Error,
        item is null ? [] : [.. table.Columns.Where(c => item.Metrics.ContainsKey(c.Metric)).Take(4).Select(c => KeyValuePair.Create(c.Header, item.Metrics[c.Metric] * c.Scale))]);

    private void Put(string name, string text) => Put(name, Encoding.UTF8.GetBytes(text));

    private void Put(string name, byte[] bytes)
    {
        string path = Path.Combine(request.Output, name);
        File.WriteAllBytes(path + ".tmp", bytes);
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
