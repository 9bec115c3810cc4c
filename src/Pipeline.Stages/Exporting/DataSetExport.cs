using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Exporting;

/// <summary>
/// Makes a training set of a finished data set: what passes the gates, without near duplicates, in splits. Two passes over the metadata, one to decide and one to write; the same data set
/// and options give the same bytes. <c>rejected.jsonl</c> says what was left out and why; <c>export.json</c> is written last.
/// </summary>
public sealed class DataSetExport(IObjectSpace source, IObjectSpace target, ExportOptions options)
{
    /// <summary>Name of the list of what was left out.</summary>
    public const string RejectedFile = "rejected.jsonl";

    /// <summary>Name of the summary.</summary>
    public const string SummaryFile = "export.json";

    private const long MaxSummaryBytes = 64 << 20;
    private const int SamplesAtOnce = 32;

    /// <summary>Exports.</summary>
    /// <exception cref="ExportException">The data set is damaged, or has not what the options speak of.</exception>
    /// <exception cref="ArtefactStoreException">A store failed.</exception>
    public async Task<ExportReport> RunAsync(CancellationToken cancellation)
    {
        if (source.Address == target.Address)
        {
            throw new ExportException($"{source.Address} is where the data set comes from; export it to another place");
        }

        var reader = new DataSetReader(source, options.MaxFileBytes);
        ExportPlan plan = await ExportPlan.MakeAsync(reader, options, cancellation).ConfigureAwait(false);
        ExportReport? earlier = await EarlierAsync(cancellation).ConfigureAwait(false);
        // Without its summary an export counts as unfinished.
        await target.DeleteAsync([SummaryFile], cancellation).ConfigureAwait(false);
        var count = new Counts();
        IExportWriter writer = options.Format == ExportFormat.ImageFolder ? new ImageFolderWriter(target) : new WebDatasetWriter(target, options);
        await using (writer.ConfigureAwait(false))
        {
            var rejected = new HashingFile(RejectedFile, await target.CreateAsync(RejectedFile, "application/x-ndjson", cancellation).ConfigureAwait(false));
            await using (rejected.ConfigureAwait(false))
            {
                await WriteAsync(reader, plan, writer, rejected, count, cancellation).ConfigureAwait(false);
                IReadOnlyDictionary<string, string> files = await writer.FinishAsync(cancellation).ConfigureAwait(false);
                string digest = await rejected.CommitAsync(cancellation).ConfigureAwait(false);
                ExportReport report = count.Report(plan.Lines, new SortedDictionary<string, string>(files.ToDictionary(), StringComparer.Ordinal) { [RejectedFile] = digest });
                await target.DeleteAsync([.. (earlier?.Files.Keys ?? []).Where(f => !report.Files.ContainsKey(f) && ObjectKeys.Problem(f) is null)], cancellation).ConfigureAwait(false);
                await target.PutAsync(SummaryFile, ContractJson.Serialize(report), "application/json", cancellation).ConfigureAwait(false);
                return report;
            }
        }
    }

    // An export of the same place with other options: shards that it had and this one has not would be taken for part of it.
    private async Task<ExportReport?> EarlierAsync(CancellationToken cancellation)
    {
        byte[]? content = await target.TryReadAsync(SummaryFile, MaxSummaryBytes, cancellation).ConfigureAwait(false);
        try
        {
            return content is null ? null : ContractJson.Deserialize<ExportReport>(content);
        }
        catch (JsonException e)
        {
            throw new ExportException($"{target.Address} has an {SummaryFile} of something else; choose another place", e);
        }
    }

    private async Task WriteAsync(DataSetReader reader, ExportPlan plan, IExportWriter writer, HashingFile rejected, Counts count, CancellationToken cancellation)
    {
        int number = 0;
        var some = new List<(string Line, ResultRecord Record)>(SamplesAtOnce);
        await foreach ((string line, ResultRecord record) in reader.LinesAsync(cancellation).ConfigureAwait(false))
        {
            if (number >= plan.Lines)
            {
                throw new ExportException($"{source.Address} was written while it was exported; export it again");
            }

            if (plan.Reason(number++) is { } reason)
            {
                Rejection rejection = Of(record, reason);
                count.Reject(rejection.Reason);
                await rejected.WriteAsync(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(ContractJson.Serialize(rejection)) + "\n"), cancellation).ConfigureAwait(false);
                continue;
            }

            some.Add((line, record));
            if (some.Count == SamplesAtOnce)
            {
                await WriteAsync(reader, some, writer, count, cancellation).ConfigureAwait(false);
                some.Clear();
            }
        }

        await WriteAsync(reader, some, writer, count, cancellation).ConfigureAwait(false);
    }

    // Read together, written in order.
    private async Task WriteAsync(DataSetReader reader, List<(string Line, ResultRecord Record)> some, IExportWriter writer, Counts count, CancellationToken cancellation)
    {
        var samples = new ExportSample[some.Count];
        await Parallel.ForAsync(0, some.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation }, async (i, c) =>
        {
            ResultRecord record = some[i].Record;
            samples[i] = new ExportSample(
                some[i].Line, record, options.Splits.Of(record.SourceSha256 ?? record.SourceId),
                await reader.ReadAsync(record.FileName!, record.Output?.ImageSha256, c).ConfigureAwait(false),
                record.Output?.Mask is { } mask ? await reader.ReadAsync(mask, null, c).ConfigureAwait(false) : null);
        }).ConfigureAwait(false);
        foreach (ExportSample sample in samples)
        {
            await writer.AddAsync(sample, cancellation).ConfigureAwait(false);
            count.Export(sample);
        }
    }

    private static Rejection Of(ResultRecord record, string reason)
    {
        int colon = reason.IndexOf(':', StringComparison.Ordinal);
        return new Rejection
        {
            Id = record.Id, Emotion = record.Emotion, Variant = record.Variant, Reason = reason[..colon], Detail = reason[(colon + 2)..], FileName = record.FileName,
        };
    }

    private sealed class Counts
    {
        private readonly SortedDictionary<string, long> rejected = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, long> splits = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, long> labels = new(StringComparer.Ordinal);
        private long exported;

        public void Reject(string reason) => Add(rejected, reason);

        public void Export(ExportSample sample)
        {
            exported++;
            Add(splits, sample.Split);
            Add(labels, sample.Record.Label);
        }

        public ExportReport Report(long items, IReadOnlyDictionary<string, string> files) =>
            new() { Items = items, Exported = exported, Rejected = rejected, Splits = splits, Labels = labels, Files = files };

        private static void Add(SortedDictionary<string, long> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
    }
}
