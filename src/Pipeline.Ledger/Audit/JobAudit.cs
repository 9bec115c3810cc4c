using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Audit;

/// <summary>Writes what the ledger knows about a job in a form that needs no database. Where it is kept is the caller's choice.</summary>
public static class JobAudit
{
    /// <summary>Most causes of failures in a summary.</summary>
    public const int MaxErrors = 1000;

    /// <summary>Most events in a summary.</summary>
    public const int MaxEvents = 1000;

    /// <summary>Writes all items, one JSON object a line (<see cref="AuditItem"/>), compressed with gzip, in bounded memory. The stream stays open. Returns the number of items.</summary>
    public static async Task<long> WriteItemsAsync(IResultLedger ledger, string jobId, Stream to, CancellationToken cancellation)
    {
        long items = 0;
        var gzip = new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true);
        await using (gzip.ConfigureAwait(false))
        {
            await foreach (ItemReport item in ledger.ItemsAsync(jobId, cancellation).ConfigureAwait(false))
            {
                await gzip.WriteAsync(ContractJson.Serialize(AuditItem.Of(item)), cancellation).ConfigureAwait(false);
                await gzip.WriteAsync("\n"u8.ToArray(), cancellation).ConfigureAwait(false);
                items++;
            }
        }

        return items;
    }

    /// <summary>Reads what <see cref="WriteItemsAsync"/> wrote.</summary>
    /// <exception cref="JsonException">A line is no item.</exception>
    /// <exception cref="InvalidDataException">The bytes are not gzip's, or are cut off.</exception>
    public static async IAsyncEnumerable<AuditItem> ReadItemsAsync(Stream from, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var gzip = new GZipStream(from, CompressionMode.Decompress, leaveOpen: true);
        await using (gzip.ConfigureAwait(false))
        {
            using var lines = new StreamReader(gzip, Encoding.UTF8);
            while (await lines.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
            {
                yield return ContractJson.Deserialize<AuditItem>(Encoding.UTF8.GetBytes(line));
            }
        }
    }

    /// <summary>The job as a whole.</summary>
    /// <exception cref="LedgerException">The ledger does not know the job.</exception>
    public static async Task<AuditSummary> SummaryAsync(ILedger ledger, string jobId, CancellationToken cancellation)
    {
        JobInfo job = await ledger.FindJobAsync(jobId, cancellation).ConfigureAwait(false) ?? throw JobRules.Unknown(jobId);
        JobProgress progress = await ledger.ProgressAsync(jobId, cancellation).ConfigureAwait(false);
        return new AuditSummary
        {
            Job = job,
            Spec = AuditItem.Parse(await ledger.SpecAsync(jobId, cancellation).ConfigureAwait(false)),
            Items = progress.Items.OrderBy(i => i.Key).ToDictionary(i => i.Key.ToString(), i => i.Value),
            Stages = [.. StageNames.All.SelectMany(stage => Enum.GetValues<StageOutcome>().Where(o => progress.Count(stage, o) > 0)
                .Select(o => new AuditStageTotal(stage, o, progress.Count(stage, o), progress.ComputeMs.GetValueOrDefault((stage, o)) / 1000.0)))],
            Errors = await ledger.ErrorsAsync(jobId, MaxErrors, cancellation).ConfigureAwait(false),
            Events = await ledger.EventsAsync(jobId, MaxEvents, cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>The bytes of a summary: indented JSON.</summary>
    public static byte[] Serialize(AuditSummary summary) => JsonSerializer.SerializeToUtf8Bytes(summary, Indented);

    private static readonly JsonSerializerOptions Indented = new(ContractJson.Options) { WriteIndented = true };
}
