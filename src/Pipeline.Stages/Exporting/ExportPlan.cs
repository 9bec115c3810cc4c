using Pipeline.Contracts.Results;
using Pipeline.Evaluation.Selection;
using Pipeline.Imaging;

namespace Pipeline.Stages.Exporting;

/// <summary>Decides for every line of a data set whether it is exported. Keeps some forty bytes a line, whatever the size of the pictures.</summary>
internal sealed class ExportPlan
{
    private const int LinesAtOnce = 256;
    private readonly ExportOptions options;
    private readonly List<string?> details = [];
    private readonly List<ulong> hashes = [];
    private readonly List<double> scores = [];
    private readonly List<int> labels = [];
    private readonly List<string> names = [];
    private readonly Dictionary<string, int> labelNumbers = new(StringComparer.Ordinal);
    private readonly HashSet<string> seenMetrics = new(StringComparer.Ordinal);

    private ExportPlan(ExportOptions options) => this.options = options;

    /// <summary>Lines of the data set.</summary>
    public int Lines => details.Count;

    /// <summary>Why a line is left out, as <c>reason: detail</c>; null when it is exported.</summary>
    public string? Reason(int line) => details[line];

    public static async Task<ExportPlan> MakeAsync(DataSetReader reader, ExportOptions options, CancellationToken cancellation)
    {
        var plan = new ExportPlan(options);
        var batch = new List<(int Line, ResultRecord Record)>(LinesAtOnce);
        await foreach ((_, ResultRecord record) in reader.LinesAsync(cancellation).ConfigureAwait(false))
        {
            plan.Judge(record);
            if (options.DuplicateBits is not null && plan.details[^1] is null)
            {
                batch.Add((plan.Lines - 1, record));
            }

            if (batch.Count == LinesAtOnce)
            {
                await plan.HashAsync(reader, batch, cancellation).ConfigureAwait(false);
                batch.Clear();
            }
        }

        await plan.HashAsync(reader, batch, cancellation).ConfigureAwait(false);
        plan.RequireKnownMetrics();
        plan.DropDuplicates();
        return plan;
    }

    private void Judge(ResultRecord record)
    {
        seenMetrics.UnionWith(record.Metrics?.Keys ?? []);
        details.Add(record.Status != ResultStatus.Ok || record.FileName is null ? $"failed: {record.Error?.Code ?? "skipped"}" : Gate(record));
        if (options.DuplicateBits is null)
        {
            return;
        }

        hashes.Add(0);
        names.Add(record.FileName ?? "");
        double score = options.BestBy is { } metric && record.Metrics?.TryGetValue(metric, out double value) == true && !double.IsNaN(value) ? value : double.NegativeInfinity;
        scores.Add(options.LowerIsBetter && score > double.NegativeInfinity ? -score : score);
        if (!labelNumbers.TryGetValue(record.Label, out int label))
        {
            labelNumbers[record.Label] = label = labelNumbers.Count;
        }

        labels.Add(label);
    }

    private string? Gate(ResultRecord record)
    {
        foreach (MetricRule rule in options.Accept)
        {
            if (record.Metrics?.TryGetValue(rule.Metric, out double value) != true)
            {
                return $"gate: {rule.Text} is asked for and there is no {rule.Metric}";
            }

            if (!rule.Holds(value))
            {
                return $"gate: {rule.Text} is asked for, {rule.Metric} is {value:R}";
            }
        }

        return options.Reject.Where(rule => record.Metrics?.TryGetValue(rule.Metric, out double value) == true && rule.Holds(value))
            .Select(rule => $"gate: {rule.Text} rejects, {rule.Metric} is {record.Metrics![rule.Metric]:R}").FirstOrDefault();
    }

    private Task HashAsync(DataSetReader reader, List<(int Line, ResultRecord Record)> batch, CancellationToken cancellation) => Parallel.ForEachAsync(
        batch, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation }, async (item, c) =>
        {
            byte[] content = await reader.ReadAsync(item.Record.FileName!, item.Record.Output?.ImageSha256, c).ConfigureAwait(false);
            try
            {
                hashes[item.Line] = PerceptualHash.OfFrequencies(ImageCodec.Default.Decode(content, options.Decoding, item.Record.FileName!));
            }
            catch (ImageFormatException e)
            {
                throw new ExportException($"'{item.Record.FileName}' cannot be compared with the others: {e.Message}", e);
            }
        });

    // A mistyped name would reject everything, or nothing, in silence.
    private void RequireKnownMetrics()
    {
        IEnumerable<string> wanted = options.Accept.Concat(options.Reject).Select(r => r.Metric);
        if (options.BestBy is { } best)
        {
            wanted = wanted.Append(best);
        }

        if (Lines > 0 && wanted.FirstOrDefault(m => !seenMetrics.Contains(m)) is { } unknown)
        {
            string known = seenMetrics.Count == 0 ? "no metrics at all" : string.Join(", ", seenMetrics.Order(StringComparer.Ordinal));
            throw new ExportException($"no edit of this data set has the metric '{unknown}'; there are {known}");
        }
    }

    // The best first, of equals the earlier: who comes later and is near is the worse one.
    private void DropDuplicates()
    {
        if (options.DuplicateBits is not { } bits)
        {
            return;
        }

        var kept = new NearDuplicates(bits);
        foreach (int line in Enumerable.Range(0, Lines).Where(i => details[i] is null).OrderByDescending(i => scores[i]).ThenBy(i => i).ToArray())
        {
            if (kept.AddUnlessNear(labels[line], hashes[line], line) is { } better)
            {
                details[line] = $"duplicate: of {names[better]}, {PerceptualHash.Distance(hashes[line], hashes[better])} of 64 bits differ";
            }
        }
    }
}
