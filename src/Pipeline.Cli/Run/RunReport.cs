using System.Text.Json;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Evaluation.Metrics;
using Pipeline.Evaluation.Reports;
using Pipeline.Stages.Collecting;

namespace Pipeline.Cli.Run;

/// <summary>Writes <c>report.html</c> of a finished run from its lists of results.</summary>
internal sealed class RunReport(RunRequest request, JobManifestSource manifest, ManifestReadOptions reading)
{
    /// <summary>Name of the report inside the output folder.</summary>
    public const string FileName = "report.html";

    /// <summary>Writes the report; it appears whole or not at all. Returns its path.</summary>
    /// <param name="subtitle">A sentence below the headline.</param>
    /// <param name="facts">Facts about the run.</param>
    /// <param name="count">Number of items.</param>
    public async Task<string> WriteAsync(string subtitle, IReadOnlyList<KeyValuePair<string, string>> facts, long count)
    {
        Dictionary<string, string> sources = await SourcesAsync().ConfigureAwait(false);
        ReportDocument document = new()
        {
            Title = "Moodpipe run",
            Subtitle = subtitle,
            Dataset = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Output))),
            Facts = facts,
            Items = Items(sources),
            ItemCount = (int)Math.Min(count, int.MaxValue),
        };
        string path = Path.GetFullPath(Path.Combine(request.Output, FileName));
        string temporary = path + ".tmp";
        await using (FileStream file = File.Create(temporary))
        {
            HtmlReport.Write(file, document);
        }

        File.Move(temporary, path, overwrite: true);
        return path;
    }

    private IEnumerable<ReportItem> Items(Dictionary<string, string> sources)
    {
        // Both lists have the same items in the same order.
        IEnumerable<string> metadata = File.ReadLines(Path.Combine(request.Output, DataSetWriter.MetadataFile));
        IEnumerable<string> provenance = File.ReadLines(Path.Combine(request.Output, DataSetWriter.ProvenanceFile));
        return metadata.Zip(provenance, (result, run) => Item(
            JsonSerializer.Deserialize<ResultRecord>(result, ContractJson.Options)!, JsonSerializer.Deserialize<RunRecord>(run, ContractJson.Options)!, sources));
    }

    private ReportItem Item(ResultRecord result, RunRecord run, Dictionary<string, string> sources) => new()
    {
        Id = result.Variant == 0 ? result.Id : $"{result.Id} (variant {result.Variant})",
        Emotion = result.Emotion,
        Status = result.Status switch { ResultStatus.Ok => ReportStatus.Ok, ResultStatus.Failed => ReportStatus.Failed, _ => ReportStatus.Skipped },
        Method = result.Method ?? "",
        Before = sources.TryGetValue(result.Id, out string? source) ? ReportImage.FromSource(() => ReadSource(source), source) : null,
        After = Image(result.Output?.Image),
        Mask = Image(result.Output?.Mask),
        SourcePrompt = result.Prompts?.Source ?? "",
        TargetPrompt = result.Prompts?.Target ?? "",
        NegativePrompt = result.Prompts?.Negative ?? "",
        Caption = result.Caption ?? "",
        Stimuli = Stimuli(result.Stimuli),
        Metrics = result.Metrics?.ToDictionary(m => m.Key, m => MetricValue.FromDouble(m.Value)) ?? [],
        Seconds = run.Timings?.ToList() ?? [],
        Error = result.Error is { } error ? new ReportError(error.Stage, error.Code, error.Message) : null,
        Notes = [.. Notes(result)],
    };

    private ReportImage? Image(string? relative) => relative is null ? null : ReportImage.FromFile(Path.Combine(request.Output, relative), relative);

    private byte[] ReadSource(string uri)
    {
        try
        {
            using Stream stream = manifest.Sources.OpenAsync(uri, default).GetAwaiter().GetResult();
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (PipelineException e)
        {
            // A source that is gone is a remark in the report, not its end.
            throw new IOException(e.Message, e);
        }
    }

    private static IReadOnlyList<ReportStimulus> Stimuli(JsonElement? stimuli) => stimuli is not { ValueKind: JsonValueKind.Array } all
        ? []
        : [.. all.EnumerateArray().Select(s => new ReportStimulus(Text(s, "source_phrase"), Text(s, "target_phrase"), Number(s, "importance")))];

    private static string Text(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement text) ? text.GetString() ?? "" : "";

    private static int Number(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement n) && n.TryGetDouble(out double number) ? (int)number : 5;

    private static IEnumerable<string> Notes(ResultRecord result)
    {
        if (result.ParseStatus is { } parse && parse != "strict")
        {
            yield return $"answer: {parse}";
        }

        if (result.MaskSource is { } mask)
        {
            yield return result.MaskArea is { } area ? $"mask: {mask}, {area:P0} of the picture" : $"mask: {mask}";
        }
    }

    private async Task<Dictionary<string, string>> SourcesAsync()
    {
        Dictionary<string, string> sources = new(StringComparer.Ordinal);
        await using Stream lines = manifest.Open();
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(lines, reading).ConfigureAwait(false))
        {
            if (line.Value is { } job)
            {
                sources[job.Id] = job.Image;
            }
        }

        return sources;
    }
}
